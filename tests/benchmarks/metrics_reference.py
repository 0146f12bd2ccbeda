"""The full metric set written the straightforward way, with scikit-image and SciPy in float64.

It is what the fast implementation is timed against and must agree with; nothing here is shared with
it, and each formula is written as its definition reads.
"""

import numpy as np
from scipy import ndimage
from skimage import measure, metrics
from skimage.color import deltaE_cie76, deltaE_ciede2000, rgb2lab

SQUARE = np.ones((3, 3), bool)
CROSS = ndimage.generate_binary_structure(2, 1)


def srgb_to_lab(picture):
    return rgb2lab(picture if picture.dtype == np.uint8 else picture / 255.0)


def reference_mask(image, truth, mask, alpha):
    hair, found = truth >= 0.5, mask >= 0.5
    both, either = (found & hair).sum(), (found | hair).sum()
    scores = {
        "iou": both / either,
        "dice": 2 * both / (found.sum() + hair.sum()),
        "precision": both / found.sum(),
        "recall": both / hair.sum(),
        "false_positive_area": (found & ~hair).mean(),
    }
    scores |= _boundaries(found, hair)
    scores |= _edges(image, truth.astype(float), alpha.astype(float))
    scores |= _mattes(truth.astype(float), alpha.astype(float))
    return scores


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
    to_hair = ndimage.distance_transform_edt(~edge2)[edge1]
    to_found = ndimage.distance_transform_edt(~edge1)[edge2]
    tolerance = np.ceil(0.008 * diagonal)
    precise, complete = (to_hair <= tolerance).mean(), (to_found <= tolerance).mean()
    return {
        "boundary_iou": (band1 & band2).sum() / (band1 | band2).sum(),
        "boundary_f": 2 * precise * complete / (precise + complete),
        "boundary_distance_mean_px": np.concatenate([to_hair, to_found]).mean(),
        "boundary_distance_p95_px": max(np.percentile(to_hair, 95), np.percentile(to_found, 95)),
    }


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


def _edges(image, truth, alpha):
    lightness = srgb_to_lab(image)[..., 0]
    sharp = []
    for plane in (alpha, truth):
        magnitude = np.hypot(*_gradient(plane))
        sharp.append((magnitude**2).sum() / magnitude.sum())
    ax, ay = _gradient(alpha)
    px, py = _gradient(lightness)
    reach = max(1, round(0.005 * np.hypot(*alpha.shape)))
    strongest = ndimage.maximum_filter(np.hypot(px, py), 2 * reach + 1, mode="nearest")
    along = np.abs(ax * px + ay * py) / np.maximum(strongest, 2.0)
    return {
        "edge_sharpness_ratio": sharp[0] / sharp[1],
        "edge_width_px": _width(alpha, ax, ay),
        "edge_gradient_agreement": along.sum() / np.hypot(ax, ay).sum(),
    }


def _width(alpha, ax, ay):
    points = np.unique(np.concatenate(measure.find_contours(alpha, 0.5)), axis=0)
    at = tuple(np.rint(points).astype(int).T)
    normal = np.stack([ay[at], ax[at]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    reach = max(16, round(0.02 * np.hypot(*alpha.shape)))
    offsets = np.arange(0, reach + 0.25, 0.5)
    width = np.zeros(len(points))
    for sign, level in ((1, 0.9), (-1, 0.1)):
        places = points[:, None, :] + sign * offsets[None, :, None] * normal[:, None, :]
        profile = ndimage.map_coordinates(
            alpha, places.reshape(-1, 2).T, order=1, mode="nearest"
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
        return 1 - gap * (gap >= np.float32(0.15))

    slopes = [np.hypot(*_gradient(plane)) for plane in (alpha, truth)]
    return {
        "matte_sad": np.abs(alpha - truth).sum() / 1000,
        "matte_mse": ((alpha - truth) ** 2).mean(),
        "matte_gradient": ((slopes[0] - slopes[1]) ** 2).sum() / 1000,
        "matte_connectivity": np.abs(phi(alpha) - phi(truth)).sum() / 1000,
    }


def reference_locks(made, ideal, core):
    side = max(1, round(0.02 * np.hypot(*core.shape)))
    rows, columns = (np.rint((np.arange(n) - (n - 1) / 2) / side) for n in core.shape)
    total = 0.0
    for row in np.unique(rows):
        for column in np.unique(columns):
            lock = core & np.outer(rows == row, columns == column)
            if lock.any():
                means = [picture[lock].mean(axis=0) for picture in (ideal, made)]
                total += lock.sum() * float(deltaE_ciede2000(*means))
    return total / core.sum()


def reference_picture(image, truth, output, oracle, shade_rgb):
    margin = max(1, round(0.005 * np.hypot(*truth.shape)))
    core = ndimage.binary_erosion(truth >= 0.5, SQUARE, iterations=margin, border_value=1)
    outside = ~ndimage.binary_dilation(truth > 0, SQUARE, iterations=margin)
    photo, made, ideal = srgb_to_lab(image), srgb_to_lab(output), srgb_to_lab(oracle)
    ours, theirs = made[core], ideal[core]
    difference = deltaE_ciede2000(theirs, ours)
    scores = {
        "color_de00": difference.mean(),
        "color_de76": deltaE_cie76(theirs, ours).mean(),
    }
    scores["lock_de00"] = reference_locks(made, ideal, core)
    lightness = photo[core][:, 0]
    bands = {"dark": (-1, 25), "medium": (25, 50), "light": (50, 101)}
    for name, (low, high) in bands.items():
        part = difference[(lightness >= low) & (lightness < high)]
        scores[f"color_de00_{name}"] = part.mean() if part.size else None
    scores |= _cie_parts(theirs, ours)
    wanted = rgb2lab(np.array([[shade_rgb]], np.uint8))[0, 0]
    scores["shade_hit_de00"] = float(deltaE_ciede2000(wanted, ours.mean(axis=0)))
    scores |= _textures(photo[..., 0], made[..., 0], core)
    change = deltaE_ciede2000(photo[outside], made[outside])
    scores["bleed_area"] = (change > 1.8).sum() / truth.size
    scores["bleed_de00"] = change.mean()
    return scores


def _cie_parts(theirs, ours):
    chroma1, chroma2 = np.hypot(theirs[:, 1], theirs[:, 2]), np.hypot(ours[:, 1], ours[:, 2])
    angle1, angle2 = (np.arctan2(lab[:, 2], lab[:, 1]) for lab in (theirs, ours))
    turn = (angle2 - angle1 + np.pi) % (2 * np.pi) - np.pi
    return {
        "color_dl": (ours[:, 0] - theirs[:, 0]).mean(),
        "color_dc": (chroma2 - chroma1).mean(),
        "color_dh": (2 * np.sqrt(chroma1 * chroma2) * np.sin(turn / 2)).mean(),
    }


def _textures(photo, made, core):
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    _, kept = metrics.structural_similarity(photo, made, data_range=100, full=True, **options)

    def smooth(plane):
        return ndimage.gaussian_filter(plane, 1.5, truncate=3.5)

    mean1, mean2 = smooth(photo), smooth(made)
    luminance = (2 * mean1 * mean2 + 1) / (mean1**2 + mean2**2 + 1)
    return {
        "texture_kept": kept[core].mean(),
        "texture_structure": (kept / luminance)[core].mean(),
    }
