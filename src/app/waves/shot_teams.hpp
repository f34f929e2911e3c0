#pragma once

#include "bornflow/parallel/communicator.hpp"
#include "bornflow/parallel/work.hpp"

namespace bornflow {

/// How the groups of a run share (sample, shot) work: teams x members. Every team takes a share of the samples, and the
/// members of a team share out the shots, so that each rank stores the background wavefields of its own shots only.
class ShotTeams {
public:
  /// Collective on `groups`.
  ShotTeams(const Communicator& groups, int n_shots)
      : ShotTeams(groups, n_shots, members_for(groups.size(), n_shots)) {}

  /// One team for a task of one sample. More groups than shots: the last ones have none, and wait.
  static ShotTeams of_one_sample(const Communicator& groups, int n_shots) { return {groups, n_shots, groups.size()}; }

  /// Ranks of a team of `n_groups` groups: the most that divide them and do not exceed the shots.
  static int members_for(int n_groups, int n_shots) {
    int members = 1;
    for (int m = 1; m <= n_groups && m <= n_shots; ++m)
      if (n_groups % m == 0) members = m;
    return members;
  }

  const Communicator& team() const { return team_; }     ///< the ranks that share the shots of one sample
  int count() const { return count_; }                   ///< number of teams
  int index() const { return index_; }                   ///< of this rank's team
  WorkRange shots() const { return shots_; }             ///< this rank's shots

private:
  ShotTeams(const Communicator& groups, int n_shots, int members)
      : team_(groups.split(groups.rank() / members)),
        count_(groups.size() / members),
        index_(groups.rank() / members),
        shots_(contiguous_share(n_shots, team_.rank(), team_.size())) {}

  Communicator team_;
  int count_;
  int index_;
  WorkRange shots_;
};

}  // namespace bornflow
