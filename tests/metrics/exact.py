"""The full metric set written the straightforward way, with scikit-image and SciPy in float64.

It is what the fast implementation is timed against and must agree with on every input: nothing here
is shared with it, each formula is written as its definition reads, and None stands where the
definition has no value.
"""

import numpy as np
from scipy import ndimage
from skimage import measure
from skimage.color import deltaE_cie76, deltaE_ciede2000, rgb2lab

from hairopt.images.compression_noise import compression_noise

SQUARE = np.ones((3, 3), bool)
CROSS = ndimage.generate_binary_structure(2, 1)
FLAT = 1e-5


def srgb_to_lab(picture):
    return rgb2lab(picture if picture.dtype == np.uint8 else picture / 255.0)


def share(part, whole):
    return part / whole if whole else None


def reference_mask(image, truth, mask, alpha):
    hair, found = truth >= 0.5, mask >= 0.5
    both, either = (found & hair).sum(), (found | hair).sum()
    # Where only one of the two is empty, precision and recall are 0 as IoU is.
    nothing_right = found.any() != hair.any()
    scores = {
        "iou": share(both, either),
        "dice": share(2 * both, found.sum() + hair.sum()),
        "precision": 0.0 if nothing_right else share(both, found.sum()),
        "recall": 0.0 if nothing_right else share(both, hair.sum()),
        "false_positive_area": (found & ~hair).mean(),
    }
    scores |= _soft_sets(truth.astype(float), alpha.astype(float))
    scores |= _boundaries(found, hair)
    scores |= _edges(image, truth.astype(float), alpha)
    scores["edge_roughness"] = _roughness(truth.astype(float), alpha.astype(float))
    scores |= _mattes(truth, alpha)
    return scores


def _soft_sets(truth, alpha):
    """The Jaccard index of fuzzy sets, of the planes and of what grey-scale erosion takes off."""
    names = ("alpha_iou", "alpha_boundary_iou")
    if not ((truth >= 0.5).any() or (alpha >= 0.5).any()):
        return dict.fromkeys(names)
    side = 2 * max(1, round(0.02 * np.hypot(*truth.shape))) + 1
    bands = [
        plane - ndimage.grey_erosion(plane, (side, side), mode="constant", cval=0.0)
        for plane in (truth, alpha)
    ]
    return {
        name: np.minimum(*planes).sum() / np.maximum(*planes).sum()
        for name, planes in zip(names, ((truth, alpha), bands), strict=True)
    }


def _boundaries(found, hair):
    diagonal = np.hypot(*hair.shape)
    steps = max(1, round(0.02 * diagonal))
    band1, band2 = (
        region & ~ndimage.binary_erosion(region, SQUARE, iterations=steps)
        for region in (found, hair)
    )
    edge1, edge2 = (
        region & ~ndimage.binary_erosion(region, CROSS, border_value=1) for region in (found, hair)
    )
    scores = {"boundary_iou": share((band1 & band2).sum(), (band1 | band2).sum())}
    names = ("boundary_f", "boundary_distance_mean_px", "boundary_distance_p95_px")
    if not (edge1.any() and edge2.any()):
        return scores | dict.fromkeys(names) | ({names[0]: 0.0} if (edge1 | edge2).any() else {})
    to_hair = ndimage.distance_transform_edt(~edge2)[edge1]
    to_found = ndimage.distance_transform_edt(~edge1)[edge2]
    tolerance = np.ceil(0.008 * diagonal)
    precise, complete = (to_hair <= tolerance).mean(), (to_found <= tolerance).mean()
    worst = max(np.percentile(to_hair, 95), np.percentile(to_found, 95))
    f_score = share(2 * precise * complete, precise + complete) or 0.0
    mean = np.concatenate([to_hair, to_found]).mean()
    return scores | dict(zip(names, (f_score, mean, worst), strict=True))


def _gradient(plane):
    sigma = 1.4
    reach = int(np.ceil(sigma * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * sigma * 0.01))))
    offsets = np.arange(-reach, reach + 1)
    gauss = np.exp(-(offsets**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    slope = -offsets * gauss / sigma**2
    kernel = gauss[:, None] * slope[None, :]
    norm = np.sqrt((kernel**2).sum())

    def along(axis):
        smooth = ndimage.convolve1d(plane, gauss, axis=1 - axis, mode="nearest")
        return ndimage.convolve1d(smooth, slope, axis=axis, mode="nearest") / norm

    return along(1), along(0)


def _sharpness(plane):
    magnitude = np.hypot(*_gradient(plane))
    return (magnitude**2).sum() / magnitude.sum() if magnitude.max() >= FLAT else None


def _edges(image, truth, alpha):
    lightness = srgb_to_lab(image)[..., 0]
    ax, ay = _gradient(alpha.astype(float))
    px, py = _gradient(lightness)
    reach = max(1, round(0.005 * np.hypot(*alpha.shape)))
    strongest = ndimage.maximum_filter(np.hypot(px, py), 2 * reach + 1, mode="nearest")
    along = np.abs(ax * px + ay * py) / np.maximum(strongest, 2.0)
    sharp = _sharpness(alpha.astype(float))
    sharp_truth = _sharpness(truth)
    has_edge = sharp is not None
    return {
        "edge_sharpness_ratio": (sharp or 0.0) / sharp_truth if sharp_truth else None,
        "edge_width_px": _width(alpha, ax, ay),
        "edge_gradient_agreement": along.sum() / np.hypot(ax, ay).sum() if has_edge else None,
    }


def crossings(alpha):
    """Row and column of every place between two neighbours where alpha crosses one half."""
    points = []
    for step in np.eye(2, dtype=int):
        rows, columns = alpha.shape - step
        here, there = alpha[:rows, :columns], alpha[step[0] :, step[1] :]
        first = np.argwhere((here >= 0.5) != (there >= 0.5))
        here, there = here[tuple(first.T)], there[tuple(first.T)]
        part = (np.float32(0.5) - here) / (there - here)
        points.append((first + part[:, None] * step).astype(np.float32))
    return np.concatenate(points)


def _roughness(truth, alpha):
    """Total variation over that of the smoothed plane, the alpha's over the truth's, less 1."""
    sigma = max(1.5, 0.002 * np.hypot(*truth.shape))
    reach = round(sigma * 4)

    def variation(plane):
        return sum(np.abs(np.diff(plane, axis=axis)).sum() for axis in (0, 1))

    def smooth(plane):
        offsets = np.arange(-reach, reach + 1)
        gauss = np.exp(-(offsets**2) / (2 * sigma**2))
        for axis in (0, 1):
            plane = ndimage.convolve1d(plane, gauss / gauss.sum(), axis=axis, mode="nearest")
        return plane

    parts = [variation(part) for plane in (alpha, truth) for part in (plane, smooth(plane))]
    if parts[2] < FLAT:
        return None
    if parts[0] < FLAT:
        return 0.0
    return max(0.0, parts[0] / max(parts[1], FLAT) * max(parts[3], FLAT) / parts[2] - 1)


def _width(alpha, ax, ay):
    points = crossings(alpha).astype(float)
    normal = np.stack([ndimage.map_coordinates(g, points.T, order=1) for g in (ay, ax)], 1)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    steep = length[:, 0] > 1e-6
    points, normal = points[steep], normal[steep] / length[steep]
    if not len(points):
        return None
    reach = max(16, round(0.02 * np.hypot(*alpha.shape)))
    offsets = np.arange(0, reach + 0.25, 0.5)
    width = np.zeros(len(points))
    for sign, level in ((1, 0.9), (-1, 0.1)):
        places = points[:, None, :] + sign * offsets[None, :, None] * normal[:, None, :]
        profile = ndimage.map_coordinates(
            alpha.astype(float), places.reshape(-1, 2).T, order=1, mode="nearest"
        ).reshape(len(points), -1)
        for number, line in enumerate(sign * (profile - level)):
            reached = np.flatnonzero(line >= 0)
            if reached.size == 0:
                width[number] += reach
            elif reached[0] > 0:
                first = reached[0]
                part = line[first - 1] / (line[first - 1] - line[first])
                width[number] += 0.5 * (first - 1 + part)
    return np.median(width)


def _mattes(truth, alpha):
    level = np.zeros_like(alpha)
    still = np.ones(alpha.shape, bool)
    for step in np.arange(1, 11) / 10:
        step = np.float32(step)
        labels = measure.label((alpha >= step) & (truth >= step), connectivity=1)
        areas = np.bincount(labels.ravel())[1:]
        still &= labels == 1 + areas.argmax() if areas.size else False
        level[still] = step

    def phi(values):
        gap = values - level
        return 1 - (gap * (gap >= np.float32(0.15))).astype(float)

    disconnected = np.abs(phi(alpha) - phi(truth)).sum() / 1000
    truth, alpha = truth.astype(float), alpha.astype(float)
    slopes = [np.hypot(*_gradient(plane)) for plane in (alpha, truth)]
    return {
        "matte_sad": np.abs(alpha - truth).sum() / 1000,
        "matte_mse": ((alpha - truth) ** 2).mean(),
        "matte_gradient": ((slopes[0] - slopes[1]) ** 2).sum() / 1000,
        "matte_connectivity": disconnected,
    }


def reference_locks(made, ideal, core, unseen=0.0):
    side = max(1, round(0.02 * np.hypot(*core.shape)))
    rows, columns = (np.rint((np.arange(n) - (n - 1) / 2) / side) for n in core.shape)
    total = 0.0
    for row in np.unique(rows):
        for column in np.unique(columns):
            lock = core & np.outer(rows == row, columns == column)
            if lock.any():
                means = [picture[lock].mean(axis=0) for picture in (ideal, made)]
                total += lock.sum() * max(float(deltaE_ciede2000(*means)) - unseen, 0.0)
    return share(total, core.sum())


def reference_strength(photo, made, ideal, core):
    """The change of every lock, projected on the change that was asked for."""
    side = max(1, round(0.02 * np.hypot(*core.shape)))
    rows, columns = (np.rint((np.arange(n) - (n - 1) / 2) / side) for n in core.shape)
    along = asked = 0.0
    for row in np.unique(rows):
        for column in np.unique(columns):
            lock = core & np.outer(rows == row, columns == column)
            if lock.any():
                before, got, wanted = (part[lock].mean(axis=0) for part in (photo, made, ideal))
                along += lock.sum() * (got - before) @ (wanted - before)
                asked += lock.sum() * (wanted - before) @ (wanted - before)
    if not core.any() or asked < 9 * core.sum():
        return None
    return min(1.0, along / asked)


def mean(values):
    return values.mean() if values.size else None


def _hair(truth):
    """Any coverage above the noise of compression, which has tests of its own."""
    return truth > np.float32(compression_noise(truth))


def band(hair):
    """The kind of a head by the mean colour of its hair, (N, 3) CIELAB."""
    if not len(hair):
        return None
    lightness, a, b = hair.mean(axis=0)
    if lightness < 25:
        return "dark"
    if np.hypot(a, b) < 8:
        return "grey"
    return "medium" if lightness < 50 else "light"


def reference_picture(image, truth, output, oracle, shade_rgb):
    margin = max(1, round(0.005 * np.hypot(*truth.shape)))
    core = ndimage.binary_erosion(truth >= 0.5, SQUARE, iterations=margin, border_value=1)
    outside = ~ndimage.binary_dilation(_hair(truth), SQUARE, iterations=margin)
    photo, made, ideal = srgb_to_lab(image), srgb_to_lab(output), srgb_to_lab(oracle)
    ours, theirs = made[core], ideal[core]
    difference = deltaE_ciede2000(theirs, ours)
    scores = {
        "color_de00": mean(difference),
        "color_de76": mean(deltaE_cie76(theirs, ours)),
        "lock_de00": reference_locks(made, ideal, core),
        "dye_strength": reference_strength(photo, made, ideal, core),
    }
    head = band(photo[core])
    for name in ("dark", "medium", "light", "grey"):
        scores[f"color_de00_{name}"] = mean(difference) if name == head else None
    scores["formula_de00"] = None
    scores |= _cie_parts(theirs, ours)
    wanted = rgb2lab(np.array([[shade_rgb]], np.uint8))[0, 0]
    hit = float(deltaE_ciede2000(wanted, ours.mean(axis=0))) if core.any() else None
    scores["shade_hit_de00"] = hit
    scores |= _textures(photo[..., 0], made[..., 0], core)
    change = deltaE_ciede2000(photo[outside], made[outside])
    scores["bleed_area"] = (change > 1.8).sum() / truth.size if outside.any() else None
    scores["bleed_de00"] = mean(change)
    rest = _textures(photo[..., 0], made[..., 0], outside)
    scores["outside_structure"] = rest["texture_structure"]
    scores["outside_de00"] = reference_locks(made, photo, outside, unseen=0.8)
    return scores


def reference_redye(dyed, truth, output):
    """Mean CIEDE2000 to the true picture of the dyed head wherever there is some hair."""
    touched = _hair(truth)
    return mean(deltaE_ciede2000(srgb_to_lab(dyed)[touched], srgb_to_lab(output)[touched]))


def _cie_parts(theirs, ours):
    chroma1, chroma2 = np.hypot(theirs[:, 1], theirs[:, 2]), np.hypot(ours[:, 1], ours[:, 2])
    angle1, angle2 = (np.arctan2(lab[:, 2], lab[:, 1]) for lab in (theirs, ours))
    turn = (angle2 - angle1 + np.pi) % (2 * np.pi) - np.pi
    return {
        "color_dl": mean(ours[:, 0] - theirs[:, 0]),
        "color_dc": mean(chroma2 - chroma1),
        "color_dh": mean(2 * np.sqrt(chroma1 * chroma2) * np.sin(turn / 2)),
    }


def _textures(photo, made, core):
    def smooth(plane):
        return ndimage.gaussian_filter(plane, 1.5, truncate=3.5)

    mean1, mean2 = smooth(photo), smooth(made)
    luminance = (2 * mean1 * mean2 + 1) / (mean1**2 + mean2**2 + 1)
    variance1, variance2 = smooth(photo**2) - mean1**2, smooth(made**2) - mean2**2
    covariance = smooth(photo * made) - mean1 * mean2
    structure = (2 * covariance + 9) / (variance1 + variance2 + 9)
    return {
        "texture_kept": mean((luminance * structure)[core]),
        "texture_structure": mean(structure[core]),
    }
