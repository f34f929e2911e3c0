"""One case for tools/compare_peers in Devito: its own acoustic example solver. Parameters come as JSON in argv[1]."""

import json
import sys
import time

import numpy as np
from devito import TimeFunction, configuration
from examples.seismic import AcquisitionGeometry, Model, Receiver
from examples.seismic.acoustic import AcousticWaveSolver

configuration["log-level"] = "ERROR"
case = json.loads(sys.argv[1])
shape = tuple(case["shape"])                    # x, (y,) z: Devito's order
spacing = (case["spacing"],) * len(shape)
velocity = np.full(shape, case["velocity"] / 1e3, dtype=np.float32)
if case.get("gradient_velocity"):               # linear in depth, to case["gradient_velocity"]
    velocity[:] = np.linspace(case["velocity"], case["gradient_velocity"], shape[-1], dtype=np.float32) / 1e3
model = Model(vp=velocity, origin=(0.0,) * len(shape), shape=shape, spacing=spacing, space_order=case["order"], nbl=case["layer"],
              bcs="damp", dt=case["dt"] * 1e3)
geometry = AcquisitionGeometry(model, np.array(case["receivers"]), np.array([case["source"]]), t0=0.0,
                               tn=case["steps"] * case["dt"] * 1e3, f0=case["frequency"] / 1e3, src_type="Ricker")
solver = AcousticWaveSolver(model, geometry, space_order=case["order"])
result = {"steps": int(geometry.nt) - 1}


stored = None


def forward(save=False):
    return solver.forward(save=save)


def gradient():
    global stored                               # memory of the background is allocated and touched once
    if stored is None:
        stored = TimeFunction(name="u", grid=model.grid, save=geometry.nt, time_order=2, space_order=case["order"])
    rec, u, _ = solver.forward(save=True, u=stored)
    return solver.jacobian_adjoint(rec=rec, u=u)[0]


if case["mode"] == "answer":
    rec, _, _ = forward()
    data = Receiver(name="data", grid=model.grid, time_range=geometry.time_axis, coordinates=geometry.rec_positions)
    data.data[:] = np.load(case["data"])
    u = solver.forward(save=True)[1]
    image = solver.jacobian_adjoint(rec=data, u=u)[0]
    n = case["layer"]
    np.savez(case["output"], traces=np.array(rec.data), image=np.array(image.data)[(slice(n, -n),) * len(shape)])
else:
    work = {"forward": forward, "gradient": gradient}[case["mode"]]
    work()                                      # compiles, tunes
    seconds = []
    for _ in range(case["repetitions"]):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    result["seconds"] = seconds
print("RESULT " + json.dumps(result))
