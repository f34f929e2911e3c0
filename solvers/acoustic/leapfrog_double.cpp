#include "solvers/acoustic/leapfrog_launch.hpp"

namespace bornflow {

template struct Wavefield<double>;
template void leapfrog(const Medium<double>&, const Wavefield<double>&);
template void leapfrog_storing(const Medium<double>&, const Wavefield<double>&, double*);
template void leapfrog_scattering(const Medium<double>&, const Wavefield<double>&, const double*, const double*);
template void leapfrog_born(const Medium<double>&, const Wavefield<double>&, const Wavefield<double>&, const double*);
template void leapfrog_imaging(const Medium<double>&, const Wavefield<double>&, const double*, double*);

}  // namespace bornflow
