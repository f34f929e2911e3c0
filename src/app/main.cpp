#include "bornflow/base/runtime.hpp"

int main(int argc, char** argv) {
  bornflow::Runtime runtime(argc, argv);
  return 0;
}
