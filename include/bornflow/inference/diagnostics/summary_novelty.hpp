#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/io/hdf5_file.hpp"

/// Is an observed summary like those the flow was trained on? If not, the amortized posterior is an extrapolation.
///
/// Principal components are fitted to one part of the training summaries. A summary s with coefficients c_k of variance v_k
/// is described by the numbers
///   M = (1/K) sum_k c_k^2 / v_k     (how unusual the amplitudes of known patterns are),
///   r = |s - mean|^2 - sum_k c_k^2  (how much of it no known pattern explains),
///   t, u = spread and net dip of its layers (dip_statistics.hpp), for images of at least 8 x 8 points: steep layers can
///   have ordinary amplitudes, and a few hundred summaries do not span the patterns there are.
/// Its score is the squared Mahalanobis distance of (log M, log r, log t, u) from a second part of the summaries: about 4
/// for a typical one. It grows for summaries that are too smooth or too weak as well as for those too rough or too strong; a
/// one-sided score would call weak smooth summaries more familiar than training itself. The p-value is the rank of the score
/// among a third part, so that it is uniform for a new summary of the same law, whatever the law is (split conformal).
namespace bornflow {

struct SummaryNoveltyOptions {
  int n_components = 16;            ///< fewer are kept when the summaries span fewer
  double held_out_fraction = 0.25;  ///< of the summaries, for the p-value, and as many again for the distance; the
                                    ///< number n of held-out ones bounds the p-value below by 1 / (n + 1)
  int max_fitted = 1000;            ///< summaries beyond this number are not used for the components
  std::uint64_t seed = 1;           ///< which summaries are held out
};

/// The fitted reference; plain data. The program fits it anew where it needs it, from the training summaries.
struct SummaryNovelty {
  int nz = 0, nx = 0;
  std::vector<float> mean;           ///< (size)
  std::vector<float> components;     ///< (n_components, size), orthonormal rows
  std::vector<double> variances;     ///< (n_components), descending
  std::vector<double> description_mean;        ///< (2 or 4) mean of (log M, log r, log t, u)
  std::vector<double> description_covariance;  ///< (2, 2) or (4, 4)
  std::vector<double> held_out;      ///< scores of the held-out summaries, ascending
};

/// Fits to summaries (n, nz, nx). UserError for fewer than 32; DataError for numbers that are not finite or summaries that are
/// all the same.
SummaryNovelty fit_summary_novelty(const float* summaries, std::int64_t n, int nz, int nx,
                                   const SummaryNoveltyOptions& options = {});

struct NoveltyScore {
  double score = 0;
  double p_value = 1;  ///< (1 + number of held-out scores >= score) / (1 + number of held-out scores)
};

/// Score of one summary of the same size and the same scaling as in training.
NoveltyScore score_novelty(const SummaryNovelty& reference, const std::vector<float>& summary);

/// The reference as datasets under `group` ("/novelty").
void write_summary_novelty(Hdf5File& file, const std::string& group, const SummaryNovelty& reference);
SummaryNovelty read_summary_novelty(const Hdf5File& file, const std::string& group);

}  // namespace bornflow
