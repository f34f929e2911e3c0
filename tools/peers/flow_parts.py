"""What the flow peers of tools/compare_flows share: bornflow's sub-network, its weights and conditions, and the timing.

Each package brings its own flow layers, graph and likelihood; only what a user of such a package has to write anyway is here.
"""

import json
import math
import resource
import sys
import time

import numpy as np
import torch
from torch import nn


class SubNetwork(nn.Module):
    """h1 = relu(conv3(u)), h2 = relu(h1 + conv1(h1)), conv3(h2)."""

    def __init__(self, c_in, c_out, hidden):
        super().__init__()
        self.first = nn.Conv2d(c_in, hidden, 3, padding=1)
        self.middle = nn.Conv2d(hidden, hidden, 1)
        self.last = nn.Conv2d(hidden, c_out, 3, padding=1)
        with torch.no_grad():
            self.last.weight.mul_(0.01)
            self.last.bias.zero_()

    def forward(self, u):
        h = torch.relu(self.first(u))
        return self.last(torch.relu(h + self.middle(h)))

    def load(self, weights, name):
        """The weights of bornflow, which are ordered (row, column, in, out)."""
        hidden = self.middle.out_channels

        def kernel(*slices, k=3, c_out=hidden):
            parts = [weights[f"{name}.{s}"].reshape(k, k, -1, c_out) for s in slices]
            return torch.tensor(np.ascontiguousarray(np.concatenate(parts, axis=2).transpose(3, 2, 0, 1)))

        with torch.no_grad():
            self.first.weight.copy_(kernel("conv1.weight_x", "conv1.weight_condition"))
            self.middle.weight.copy_(kernel("conv2.weight", k=1))
            self.last.weight.copy_(kernel("conv3.weight", c_out=self.last.out_channels))
            for layer, number in ((self.first, 1), (self.middle, 2), (self.last, 3)):
                layer.bias.copy_(torch.tensor(weights[f"{name}.conv{number}.bias"]))


def householder(vectors):
    """The product of the reflections by the rows of `vectors`; y = x M for a row x of channels."""
    matrix = torch.eye(vectors.shape[1], dtype=vectors.dtype)
    for v in vectors:
        matrix = matrix - 2 / torch.dot(v, v) * torch.outer(matrix @ v, v)
    return matrix


def vectors_of(weights, name):
    return torch.tensor(np.stack([weights[f"{name}.v{i}"] for i in (1, 2, 3)]))


def haar(x):
    """bornflow's squeeze of (n, c, h, w): channels by wavelet."""
    a, b, c, d = x[..., ::2, ::2], x[..., ::2, 1::2], x[..., 1::2, ::2], x[..., 1::2, 1::2]
    return 0.5 * torch.cat((a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d), 1)


def unhaar(z):
    a, b, c, d = haar_corners(*z.chunk(4, 1))
    rows = torch.stack((torch.stack((a, b), -1).flatten(-2), torch.stack((c, d), -1).flatten(-2)), -2)
    return rows.flatten(-3, -2)


def haar_corners(a, b, c, d):
    return 0.5 * (a + b + c + d), 0.5 * (a - b + c - d), 0.5 * (a + b - c - d), 0.5 * (a - b - c + d)


def pyramid(y, scales):
    levels = []
    for _ in range(scales):
        y = haar(y)
        levels.append(y)
    return levels


class Case:
    """The case in argv[1], with the images, weights and losses that bornflow wrote."""

    def __init__(self):
        self.options = json.loads(sys.argv[1])
        torch.set_num_threads(self.options["threads"])
        torch.set_flush_denormal(True)
        torch.manual_seed(1)
        data = np.load(self.options["network"])
        self.weights = {k.removeprefix("parameters/"): data[k] for k in data.files if k.startswith("parameters/")}
        self.x = torch.tensor(data["x"])[:, None]
        self.condition = torch.tensor(data["condition"]).permute(0, 3, 1, 2).contiguous()
        self.loss = data["loss"]
        self.size, self.depth = self.options["size"], self.options["depth"]
        self.scales, self.hidden, self.clamp = self.options["scales"], self.options["hidden"], self.options["clamp"]

    def log_scale(self, a):
        return 2 / math.pi * self.clamp * torch.atan(a / self.clamp)

    def batch(self):
        """Images and conditions of a whole batch; their values do not matter for the time."""
        n = self.options["batch"]
        return torch.randn(n, 1, self.size, self.size), torch.randn(n, 1, self.size, self.size)


def seconds_of(work, repetitions):
    """Seconds of each call; two calls that are not timed go first."""
    seconds = []
    for i in range(-2, repetitions):
        start = time.perf_counter()
        work()
        if i >= 0:
            seconds.append(time.perf_counter() - start)
    return seconds


def adam(parameters):
    try:
        return torch.optim.Adam(parameters, lr=1e-4, fused=True)
    except (RuntimeError, TypeError):   # before torch 2.4: not on the CPU
        return torch.optim.Adam(parameters, lr=1e-4)


def run(case, model, loss, sample, checked):
    """Checks loss(x, condition) of each image against bornflow's where `checked`, else times: prints RESULT and JSON.

    loss gives nats of each image without the constant; sample(condition) a batch of images."""
    result = {"parameters": sum(p.numel() for p in model.parameters() if p.requires_grad), "torch": torch.__version__}
    if case.options["mode"] == "answer":
        if checked:
            with torch.no_grad():
                theirs = loss(case.x, case.condition).numpy()
            result["difference"] = float(np.max(np.abs(theirs - case.loss) / np.abs(case.loss)))
    else:
        result.update(timed(case, model, loss, sample))
    result["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("RESULT " + json.dumps(result))


def timed(case, model, loss, sample):
    settings, repetitions = case.options["settings"], case.options["repetitions"]
    x, y = case.batch()
    if "channels_last" in settings:
        model.to(memory_format=torch.channels_last)
        x, y = x.to(memory_format=torch.channels_last), y.to(memory_format=torch.channels_last)
    if "compile" in settings:
        loss, sample = torch.compile(loss), torch.compile(sample)
    optimiser = adam([p for p in model.parameters() if p.requires_grad])

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss(x, y).mean().backward()
        optimiser.step()

    one = y[:1].expand(case.options["posterior"], -1, -1, -1).contiguous()

    def draw(conditions):
        with torch.no_grad():
            sample(conditions)

    result = {}
    if "training" in case.options["what"]:
        result["training"] = seconds_of(step, repetitions)
    if "sampling" in case.options["what"]:
        model.eval()
        result["sampling"] = seconds_of(lambda: draw(y), repetitions)
    if "posterior" in case.options["what"]:
        result["posterior"] = seconds_of(lambda: draw(one), repetitions)
    return result
