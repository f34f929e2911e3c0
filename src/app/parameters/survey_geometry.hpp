#pragma once

#include <string>
#include <vector>

#include "bornflow/grid/grid.hpp"
#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// Where the sources and receivers of [acquisition] file are [m]; empty without one.
struct SurveyGeometry {
  std::vector<Point> sources;
  std::vector<Point> receivers;              ///< of every shot, or
  std::vector<std::vector<Point>> spreads;   ///< of each one, as in Acquisition
  bool is_given() const { return !sources.empty(); }
};

/// Reads /sources and /receivers, (n, 3) with x, y, z in m, or /receivers (shots, n, 3), where three NaN stand for a trace that was
/// not recorded: what observed.h5 holds, too. UserError where the file cannot be opened, DataError where it holds something else, on
/// every rank. Collective.
SurveyGeometry read_survey_geometry(const Communicator& world, const std::string& path);

}  // namespace bornflow
