"""bornflow's conditional GLOW in FrEIA, for tools/compare_flows. Parameters come as JSON in argv[1].

variant same: ActNorm, mixing by reflections, AffineCouplingOneSided: the same function of the same weights.
variant stock: AllInOneBlock, FrEIA's own fused block (tanh instead of atan; coupling, ActNorm and mixing in its order).
"""

import math

import FrEIA.framework as Ff
import FrEIA.modules as Fm
import torch
from torch import nn

from flow_parts import Case, SubNetwork, householder, pyramid, run, vectors_of


class Mixing(Fm.InvertibleModule):
    """Three learned reflections of the channels; FrEIA's HouseholderPerm is for vectors."""

    def __init__(self, dims_in, dims_c=None):
        super().__init__(dims_in, dims_c)
        self.vectors = nn.Parameter(torch.randn(3, dims_in[0][0]))

    def forward(self, x, c=None, rev=False, jac=True):
        matrix = householder(self.vectors)
        weight = matrix if rev else matrix.T
        return (torch.conv2d(x[0], weight[:, :, None, None]),), 0.0

    def output_dims(self, input_dims):
        return input_dims


def build(case):
    stock = case.options["variant"] == "stock"
    subnet = lambda c_in, c_out: SubNetwork(c_in, c_out, case.hidden)
    steps, conditions, outputs = [], [], []
    nodes = [Ff.InputNode(1, case.size, case.size, name="x")]
    for s in range(case.scales):
        side = case.size >> (s + 1)
        conditions.append(Ff.ConditionNode(4 ** (s + 1), side, side, name=f"y{s}"))
        nodes.append(Ff.Node(nodes[-1], Fm.HaarDownsampling, {"order_by_wavelet": True}, name=f"squeeze{s}"))
        for k in range(case.depth):
            name = f"scale{s + 1}.step{k + 1}"
            if stock:
                nodes.append(Ff.Node(nodes[-1], Fm.AllInOneBlock,
                                     {"subnet_constructor": subnet, "affine_clamping": case.clamp,
                                      "learned_householder_permutation": 3}, conditions=conditions[s], name=name))
                continue
            nodes.append(Ff.Node(nodes[-1], Fm.ActNorm, {}, name=name + "a"))
            nodes.append(Ff.Node(nodes[-1], Mixing, {}, name=name + "m"))
            nodes.append(Ff.Node(nodes[-1], Fm.AffineCouplingOneSided,
                                 {"subnet_constructor": subnet, "clamp": case.clamp,
                                  "clamp_activation": lambda a: 2 / math.pi * torch.atan(a / case.clamp)},
                                 conditions=conditions[s], name=name + "c"))
            steps.append((name, nodes[-3], nodes[-2], nodes[-1]))
        if s + 1 < case.scales:
            nodes.append(Ff.Node(nodes[-1], Fm.Split, {}, name=f"split{s}"))
            outputs.append(Ff.OutputNode(nodes[-1].out1, name=f"z{s}"))
    outputs.append(Ff.OutputNode(nodes[-1], name="z"))
    model = Ff.GraphINN(nodes + conditions + outputs)
    with torch.no_grad():
        for name, norm, mixing, coupling in steps:
            norm.module.scale.copy_(torch.tensor(case.weights[name + ".actnorm.log_scale"]).reshape(1, -1, 1, 1))
            norm.module.bias.copy_(torch.tensor(case.weights[name + ".actnorm.shift"]).reshape(1, -1, 1, 1))
            norm.module.init_on_next_batch = False
            mixing.module.vectors.copy_(vectors_of(case.weights, name + ".mixing"))
            coupling.module.subnet.load(case.weights, name + ".coupling")
    return model


def main():
    case = Case()
    model = build(case)

    def loss(x, y):
        z, log_det = model(x, c=pyramid(y, case.scales))
        return sum(0.5 * (part ** 2).flatten(1).sum(1) for part in z) - log_det

    shapes = [tuple(d) for d in model.dims_out] if hasattr(model, "dims_out") else None
    with torch.no_grad():
        shapes = [tuple(z.shape[1:]) for z in model(case.x, c=pyramid(case.condition, case.scales))[0]]

    def sample(y):
        latents = [torch.randn(y.shape[0], *shape) for shape in shapes]
        return model(latents, c=pyramid(y, case.scales), rev=True, jac=False)[0]

    run(case, model, loss, sample, checked=case.options["variant"] == "same")


main()
