#include <gtest/gtest.h>
#include <mpi.h>

#include "bornflow/base/runtime.hpp"

/// Runs the suites on every rank. Rank 0 prints; the others only say what failed on them. The counts are reduced once,
/// at the end, so that a rank that fails an assertion more than another cannot hang the program.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  bornflow::Runtime runtime(argc, argv);
  int rank = 0;
  MPI_Comm_rank(runtime.world(), &rank);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  struct FailurePrinter : testing::EmptyTestEventListener {
    int rank = 0;
    void OnTestPartResult(const testing::TestPartResult& result) override {
      if (result.failed())
        std::fprintf(stderr, "[rank %d] %s:%d: %s\n", rank, result.file_name() ? result.file_name() : "?",
                     result.line_number(), result.message());
    }
  };
  if (rank != 0) {
    delete listeners.Release(listeners.default_result_printer());
    auto* printer = new FailurePrinter;
    printer->rank = rank;
    listeners.Append(printer);
  }
  int failed = RUN_ALL_TESTS();
  // A filter that matches nothing is a mistake in the registration, not a success.
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) failed = 1;
  int any_failed = 0;
  MPI_Allreduce(&failed, &any_failed, 1, MPI_INT, MPI_MAX, runtime.world());
  return any_failed;
}
