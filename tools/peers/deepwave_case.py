"""One case for tools/compare_peers in deepwave: as many shots as threads. Parameters come as JSON in argv[1]."""

import json
import sys
import time

import deepwave
import torch

case = json.loads(sys.argv[1])
shots, order, layer = case["shots"], case["order"], case["layer"]
shape = list(reversed(case["shape"]))           # z, (y,) x
torch.set_num_threads(shots)
cell = [round(c / case["spacing"]) for c in reversed(case["source"])]
source = torch.tensor([[cell]] * shots)
receivers = torch.tensor([[[round(c / case["spacing"]) for c in reversed(r)] for r in case["receivers"]]] * shots)
velocity = torch.full(shape, float(case["velocity"]), requires_grad=case["mode"] == "gradient")
wavelet = deepwave.wavelets.ricker(case["frequency"], case["steps"], case["dt"], 1 / case["frequency"]).repeat(shots, 1, 1)


def forward():
    return deepwave.scalar(velocity, case["spacing"], case["dt"], source_amplitudes=wavelet, source_locations=source,
                           receiver_locations=receivers, accuracy=order, pml_width=layer, pml_freq=case["frequency"])[-1]


def gradient():
    velocity.grad = None
    (0.5 * forward() ** 2).sum().backward()


work = {"forward": forward, "gradient": gradient}[case["mode"]]
seconds = []
for i in range(case["repetitions"] + 1):
    start = time.perf_counter()
    if case["mode"] == "forward":
        with torch.no_grad():
            forward()
    else:
        gradient()
    if i > 0:
        seconds.append((time.perf_counter() - start) / shots)
print("RESULT " + json.dumps({"steps": case["steps"], "seconds": seconds}))
