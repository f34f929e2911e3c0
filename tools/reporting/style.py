"""Colours, scales and axes that every figure shares."""
import matplotlib

matplotlib.use("Agg")  # no display on a compute node
import matplotlib.pyplot as plt
import numpy as np

REFLECTIVITY = "δm [s²/km²]"
METHODS = {  # name in diagnostics.h5: (label, colour)
    "rtm": ("RTM", "#9a9a9a"),
    "lsrtm": ("LS-RTM", "#c77c11"),
    "posterior_mean": ("posterior mean", "#1f5fa8"),
}
ACCENT, CONTRAST, BAND = "#1f5fa8", "#c0392b", "#d5dde8"

plt.rcParams.update({
    "figure.dpi": 130, "savefig.bbox": "tight", "figure.constrained_layout.use": True,
    "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": False, "legend.frameon": False, "lines.linewidth": 1.4, "image.interpolation": "nearest",
})


class Axes:
    """Physical axes of an image: z down, x to the right. `size` [m] chooses the unit; without it, the larger side does."""

    def __init__(self, shape, spacing, size=None):
        nz, nx = shape
        dx, dz = spacing if spacing else (1.0, 1.0)
        size = size or max(nx * dx, nz * dz)
        if not spacing:
            scale, self.unit = 1.0, "grid point"
        elif size >= 2000:
            scale, self.unit = 1e-3, "km"
        elif size >= 1:
            scale, self.unit = 1.0, "m"
        else:
            scale, self.unit = 1e3, "mm"
        self.x = np.arange(nx) * dx * scale
        self.z = np.arange(nz) * dz * scale
        half_x, half_z = 0.5 * dx * scale, 0.5 * dz * scale
        self.extent = (self.x[0] - half_x, self.x[-1] + half_x, self.z[-1] + half_z, self.z[0] - half_z)
        self.aspect_ratio = (nz * dz) / (nx * dx)


def symmetric_limit(*images):
    """Colour limit that clips the strongest half per cent, so that one spike does not wash the image out."""
    values = np.abs(np.concatenate([np.ravel(image) for image in images if image is not None]))
    values = values[np.isfinite(values)]
    limit = np.percentile(values, 99.5) if values.size else 1.0
    return limit if limit > 0 else 1.0


def draw_image(ax, image, axes, title, limit, kind="reflectivity", names=("x", "z")):
    """One image with labelled axes `names`; `kind` is "reflectivity" (signed) or "spread" (from zero)."""
    signed = kind == "reflectivity"
    drawn = ax.imshow(image, extent=axes.extent, cmap="seismic" if signed else "viridis",
                      vmin=-limit if signed else 0.0, vmax=limit, aspect="equal")
    ax.set_title(title)
    ax.set_xlabel(f"{names[0]} [{axes.unit}]")
    ax.set_ylabel(f"{names[1]} [{axes.unit}]")
    return drawn


def colour_bar(figure, drawn, **options):
    """A colour bar whose ends are pointed where the image goes beyond its colours."""
    values, (low, high) = np.ma.masked_invalid(drawn.get_array()), drawn.get_clim()
    is_below, is_above = bool(values.min() < low), bool(values.max() > high)
    ends = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    return figure.colorbar(drawn, extend=ends[is_below, is_above], **options)


def panel_size(axes, columns, rows):
    """Figure size [inch] that gives square pixels without white stripes between panels."""
    width = 2.9
    height = width * min(max(axes.aspect_ratio, 0.25), 1.6)
    return columns * (width + 1.55), rows * (height + 0.78)


def save(figure, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / name)
    plt.close(figure)
    return name
