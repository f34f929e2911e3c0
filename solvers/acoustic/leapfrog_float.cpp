#include "solvers/acoustic/leapfrog_launch.hpp"

namespace bornflow {

template struct Wavefield<float>;
template void leapfrog(const Medium<float>&, const Wavefield<float>&);
template void leapfrog_storing(const Medium<float>&, const Wavefield<float>&, float*);
template void leapfrog_scattering(const Medium<float>&, const Wavefield<float>&, const float*, const float*);
template void leapfrog_born(const Medium<float>&, const Wavefield<float>&, const Wavefield<float>&, const float*);
template void leapfrog_imaging(const Medium<float>&, const Wavefield<float>&, const float*, float*);

}  // namespace bornflow
