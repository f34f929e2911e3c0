"""bornflow's conditional GLOW in normflows, for tools/compare_flows. Parameters come as JSON in argv[1].

variant same: GlowBlock whose coupling is given bornflow's sub-network: the same function of the same weights.
variant stock: GlowBlock as it comes (sigmoid scale, 3-1-3 network without the residual), its network seeing the condition too.
normflows calls the direction from x to z the inverse.
"""

import normflows as nf
import torch
from torch import nn

from flow_parts import Case, SubNetwork, haar, householder, pyramid, run, unhaar, vectors_of


class Squeeze(nf.flows.Flow):
    def forward(self, z):
        return unhaar(z), 0.0

    def inverse(self, x):
        return haar(x), 0.0


class Conditioned(nn.Module):
    """A sub-network that sees the condition that was put into `seen` before the flow was called."""

    def __init__(self, network, seen, scale, log_scale=None):
        super().__init__()
        self.network, self.seen, self.at, self.log_scale = network, seen, scale, log_scale

    def forward(self, passive):
        output = self.network(torch.cat((passive, self.seen[self.at]), 1))
        if self.log_scale is None:
            return output
        # normflows computes z = (x - shift) exp(-scale), its parameters in alternating channels.
        a, t = output.chunk(2, 1)
        log_scale = self.log_scale(a)
        return torch.stack((-t * torch.exp(-log_scale), -log_scale), 2).flatten(1, 2)


def block_of(case, seen, s, name):
    channels, condition = 4 * 2 ** s, 4 ** (s + 1)
    if case.options["variant"] == "stock":
        block = nf.flows.GlowBlock(channels, case.hidden)
        network = nf.nets.ConvNet2d((channels // 2 + condition, case.hidden, case.hidden, channels), (3, 1, 3), 0.0, True)
        block.flows[0].flows[1].param_map = Conditioned(network, seen, s)
        return block
    network = SubNetwork(channels // 2 + condition, channels, case.hidden)
    network.load(case.weights, name + ".coupling")
    block = nf.flows.GlowBlock(channels, case.hidden, scale_map="exp")
    block.flows[0].flows[1].param_map = Conditioned(network, seen, s, case.log_scale)
    # ActNorm from x to z is (x - t) exp(-s).
    log_scale, shift = (torch.tensor(case.weights[f"{name}.actnorm.{k}"]).reshape(1, -1, 1, 1) for k in ("log_scale", "shift"))
    norm, mixing = block.flows[2], block.flows[1]
    p, lower, upper = torch.linalg.lu(householder(vectors_of(case.weights, name + ".mixing").double()).T) \
        if hasattr(torch.linalg, "lu") else torch.lu_unpack(*torch.lu(householder(vectors_of(case.weights, name + ".mixing").double()).T))
    with torch.no_grad():
        norm.s.copy_(-log_scale)
        norm.t.copy_(-shift * torch.exp(-log_scale))
        norm.data_dep_init_done.fill_(1.0)
        diagonal = upper.diagonal()
        mixing.P.copy_(p)
        mixing.L.copy_(lower)
        mixing.U.copy_(torch.triu(upper, diagonal=1))
        mixing.sign_S.copy_(torch.sign(diagonal))
        mixing.log_S.copy_(torch.log(torch.abs(diagonal)))
    return block


def main():
    case = Case()
    seen = [None] * case.scales
    # Level 0 is the coarsest; the blocks of a level are listed from z to x.
    levels, merges, bases = [], [], []
    for s in reversed(range(case.scales)):
        blocks = [block_of(case, seen, s, f"scale{s + 1}.step{k + 1}") for k in reversed(range(case.depth))]
        levels.append(blocks + [Squeeze()])
        channels, side = 4 * 2 ** s, case.size >> (s + 1)
        bases.append(nf.distributions.DiagGaussian((channels if s + 1 == case.scales else channels // 2, side, side), trainable=False))
        if s:
            merges.append(nf.flows.Merge())
    model = nf.MultiscaleFlow(bases, levels, merges, class_cond=False)

    def loss(x, y):
        seen[:] = pyramid(y, case.scales)
        z, log_det = model.inverse_and_log_det(x)
        return sum(0.5 * (part ** 2).flatten(1).sum(1) for part in z) - log_det

    def sample(y):
        seen[:] = pyramid(y, case.scales)
        return model.sample(y.shape[0])[0]

    with torch.no_grad():
        loss(case.x, case.condition)   # ActNorm starts from data
    run(case, model, loss, sample, checked=case.options["variant"] == "same")


main()
