"""Figure of images in three dimensions. It returns the file name, or None when the run has none."""
import matplotlib.pyplot as plt
import numpy as np

from .images import panels_of
from .style import Axes, colour_bar, draw_image, save, symmetric_limit


def sections(run, folder):
    """Each image in three sections: two vertical ones through the middle, and the depth where the first image is strongest."""
    panels = [panel for panel in panels_of(run) if panel[1].ndim == 3]
    if not panels:
        return None
    first = panels[0][1]
    nz, ny, nx = first.shape
    z, y, x = int(np.argmax((first**2).sum(axis=(1, 2)))), ny // 2, nx // 2
    dx, dy, dz = (run.attribute("observed", name) for name in ("dx", "dy", "dz"))
    is_known = bool(dx and dy and dz)
    size = max(nx * dx, ny * dy, nz * dz) if is_known else None

    def axes_of(shape, spacing):
        return Axes(shape, spacing if is_known else None, size)

    along_x, along_y, level = axes_of((nz, nx), (dx, dz)), axes_of((nz, ny), (dy, dz)), axes_of((ny, nx), (dx, dy))
    unit = along_x.unit
    cuts = [(lambda image: image[:, y], along_x, ("x", "z"), f"y = {along_y.x[y]:.4g} {unit}"),
            (lambda image: image[:, :, x], along_y, ("y", "z"), f"x = {along_x.x[x]:.4g} {unit}"),
            (lambda image: image[z], level, ("x", "y"), f"z = {along_x.z[z]:.4g} {unit}")]
    limits = {}
    for _, image, _, group, _ in panels:
        limits.setdefault(group, symmetric_limit(image))
    widths = [nx, ny, nx] if not is_known else [nx * dx, ny * dy, nx * dx]
    figure, grid = plt.subplots(len(panels), 3, figsize=(10, 2.9 * len(panels)), squeeze=False,
                                gridspec_kw={"width_ratios": [max(width, 0.3 * max(widths)) for width in widths]})
    for row, (title, image, kind, group, label) in zip(grid, panels):
        for ax, (cut, axes, names, place) in zip(row, cuts):
            drawn = draw_image(ax, cut(image), axes, f"{title}, {place}", limits[group], kind, names)
        colour_bar(figure, drawn, ax=list(row), label=label, shrink=0.9)
    return save(figure, folder, "sections.png")
