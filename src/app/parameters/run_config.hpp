#pragma once

#include "bornflow/config/parameter_registry.hpp"
#include "src/app/parameters/density_section.hpp"
#include "src/app/parameters/flow_sections.hpp"
#include "src/app/parameters/inverse_problem_sections.hpp"
#include "src/app/parameters/known_problem_sections.hpp"
#include "src/app/parameters/run_sections.hpp"
#include "src/app/parameters/survey_geometry.hpp"
#include "src/app/parameters/wave_sections.hpp"

namespace bornflow {

/// Every section of the parameter file. A section declares each key once: type, default, rule and one line of help.
struct RunConfig {
  RunSection run;
  ParallelSection parallel;
  GridSection grid;
  ModelSection model;
  DensitySection density;
  AcquisitionSection acquisition;
  TimeSection time;
  WaveSection wave;
  NoiseSection noise;
  PriorSection prior;
  ObservedSection observed;
  PairsSection pairs;
  FlowSection flow;
  TrainSection train;
  PosteriorSection posterior;
  CorrectSection correct;
  InvertSection invert;
  DiagnoseSection diagnose;
  BenchmarkSection benchmark;
  VerifySection verify;
  ProblemSection problem;
  RosenbrockSection rosenbrock;
  LinearGaussianSection linear_gaussian;
  CompressedSensingSection compressed_sensing;
  MixtureSection mixture;
  KinematicsSection kinematics;
  TissueSection tissue;
  StarClusterSection star_cluster;
  InvertibleSection inn;
  RejectionSection abc;
  AutoencoderSection cvae;
  RefineSection refine;

  SurveyGeometry geometry;   ///< no section: what [acquisition] file holds
};

/// Tells the registry of every section and where its values go.
void declare_sections(ParameterRegistry& registry, RunConfig& config);

}  // namespace bornflow
