#pragma once

#include <string>
#include <vector>

#include "bornflow/config/rules.hpp"

namespace bornflow {

struct DensitySection {
  std::string kind = "constant", file = "", dataset = "/rho", units = "kg/m3";
  double water = 1000, gardner_factor = 310, gardner_exponent = 0.25, smoothing = 0;
  std::vector<double> depths = {}, values = {};
  template <class Visitor>
  void visit(Visitor& v) {
    v("kind", kind, "density: none in the equation; from the velocity; layers; or a file. It is known: images are of the "
      "velocity alone", one_of({"constant", "gardner", "layers", "file"}));
    v("water", water, "density of the water rows of [model] [kg/m3]", in_range(100, 30000));
    v("gardner_factor", gardner_factor, "gardner: density at a velocity of 1 m/s [kg/m3]", positive());
    v("gardner_exponent", gardner_exponent, "gardner: power of the velocity in the density [1]", in_range(-1, 1));
    v("depths", depths, "layers: depths of the interfaces below z = 0, from the top [m]", any());
    v("values", values, "layers: density of each layer, one more than interfaces [kg/m3]", any());
    v("file", file, "file: density model (.h5, .npy, .bin); spacings and sizes as [model] says of its file", any());
    v("dataset", dataset, "file: dataset of an HDF5 model", any());
    v("units", units, "file: unit of the values", one_of({"kg/m3", "g/cm3"}));
    v("smoothing", smoothing, "file: standard deviation of the Gaussian that smooths it [m]; 0: none", non_negative());
  }
};

}  // namespace bornflow
