#pragma once

#include <vector>

#include "bornflow/parallel/transport.hpp"
#include "solvers/acoustic/padded_layout.hpp"

namespace bornflow {

/// Fills the rim of a batch of fields with the points of the neighbouring parts: one message a face, no corners, for the
/// operator is a star.
///
/// A plan that is made once: faces are packed into buffers of its own, between which the persistent requests run.
/// start and finish are called in the same order on all ranks of the domain; kernels that need no rim run in between.
template <class T>
class HaloExchange {
public:
  HaloExchange(const PaddedLayout& layout, const Subdomain& subdomain, int batch, Transport transport);
  ~HaloExchange();
  HaloExchange(const HaloExchange&) = delete;
  HaloExchange& operator=(const HaloExchange&) = delete;

  /// Sends the faces of `fields` [batch][z][y][x] and begins to receive the neighbours'.
  void start(const DeviceArray<T>& fields);
  /// Waits for the neighbours' faces and writes them into the rim.
  void finish(const DeviceArray<T>& fields);
  std::size_t bytes_sent() const;          ///< in one exchange

private:
  struct Face {
    IndexBox inside, rim;                  // of the padded grid; rim indices lie outside it
    DeviceArray<T> out, in;
    HostArray<T> staged_out, staged_in;    // empty where the transport is direct
  };
  void add_face(const Subdomain& subdomain, Axis axis, Side side);

  PaddedLayout layout_;
  int batch_;
  Transport transport_;
  std::vector<Face> faces_;
  std::vector<MPI_Request> sends_, receives_;
};

}  // namespace bornflow
