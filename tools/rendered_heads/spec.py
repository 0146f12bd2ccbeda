"""What a scene is made of: frozen records, nothing that renders."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HairSpec:
    """How the hair of a scene is grown.

    Attributes:
        style: a key of ``hair.STYLES``, or ``bald``.
        strands: number of strands on the scalp.
        seed: of the growth.
        part: where the parting lies, in 10 cm from the middle; beyond 0.6 there is none.
        cut: height at which loose hair is cut, in 10 cm from the eyes.
        length: of tails, plaits and coils in 10 cm; a factor for short and buzzed hair.
        volume: factor on the height over the scalp.
        thickness: factor on the radius of the strands.
        fringe: whether hair is combed over the forehead.
        inward: how far the ends turn in.
        recede: how far the hairline recedes.
        curl: of short hair: 0 straight, 1 wavy, 2 curly.
        tie: where hair is tied: ``high``, ``middle``, ``low``, ``pair``.
    """

    style: str
    strands: int = 46_000
    seed: int = 1
    part: float = 0.2
    cut: float = -1.6
    length: float = 1.0
    volume: float = 1.0
    thickness: float = 1.0
    fringe: bool = False
    inward: float = 0.0
    recede: float = 0.0
    curl: int = 0
    tie: str = "middle"


@dataclass(frozen=True)
class Light:
    """A disk-shaped lamp, placed relative to the camera.

    Attributes:
        azimuth_deg: 0 is at the camera, positive to its right, 180 behind the head.
        elevation_deg: above the horizon.
        distance: from the head, in 10 cm.
        size: its diameter, in 10 cm.
        power_w: radiant power.
        kelvin: colour temperature.
    """

    azimuth_deg: float
    elevation_deg: float
    distance: float
    size: float
    power_w: float
    kelvin: float


@dataclass(frozen=True)
class Lighting:
    """All light of a scene: lamps, an even surround, and how bright the backdrop is."""

    tag: str
    lights: tuple[Light, ...]
    surround: float
    surround_kelvin: float
    backdrop: float = 1.0


@dataclass(frozen=True)
class Dye:
    """Parameters of the hair shader for one colour.

    Attributes:
        melanin: pigment, 0 white to 1 black.
        redness: share of pheomelanin.
        tint: sRGB hex of the dye; white adds none.
        variation: how much strands differ.
        roughness: along the strand.
        radial_roughness: across the strand.
        white: share of strands without pigment.
    """

    melanin: float
    redness: float
    tint: str = "#ffffff"
    variation: float = 0.25
    roughness: float = 0.30
    radial_roughness: float = 0.42
    white: float = 0.0


@dataclass(frozen=True)
class Scene:
    """One case of the dataset.

    Attributes:
        name: of the case.
        hair: how the hair is grown.
        hair_type: tag: straight, wavy, curly, coily, braided, tied, short, buzzed, bald.
        length: tag: bald, buzzed, short, medium, long.
        color: a key of the dyes: the colour in the photo.
        shades: two keys of the dyes: the colours it is dyed in.
        monk: skin tone on the Monk scale, 1..10.
        view: tag: front, three-quarter, profile, back.
        yaw_deg: where the camera stands; 0 before the face, 180 behind the head.
        pitch_deg: how high it stands.
        distance: camera to head, in 10 cm.
        aim_z: height the camera looks at.
        background: plain, busy or hair-coloured.
        background_color: sRGB hex.
        lighting: a key of the lightings.
        occluder: none, beanie, brim-hat, headscarf, headphones, glasses, beard.
        occluder_color: sRGB hex.
        face_seed: of the proportions.
        soft: 0 angular, 1 soft.
        cloth: sRGB hex of the clothes.
        iris: sRGB hex of the eyes.
        gaze_deg: where the eyes look.
        exposure: factor on the light before the tone curve.
    """

    name: str
    hair: HairSpec
    hair_type: str
    length: str
    color: str
    shades: tuple[str, ...]
    monk: int
    view: str
    yaw_deg: float
    background: str
    background_color: str
    lighting: str
    pitch_deg: float = 3.0
    distance: float = 9.0
    aim_z: float = -0.22
    occluder: str = "none"
    occluder_color: str = "#2a2a30"
    face_seed: int = 0
    soft: float = 0.5
    cloth: str = "#4a5a70"
    iris: str = "#50381e"
    gaze_deg: float = 0.0
    exposure: float = 0.75


@dataclass(frozen=True)
class Quality:
    """How finely a picture is rendered; one frozen setting for the dataset, one for training.

    Attributes:
        size_px: width and height.
        samples: at most, per pixel.
        noise_threshold: at which adaptive sampling stops.
        bounces: of light in hair.
        alpha_samples: per pixel, for the coverage.
        proof_samples: per pixel, for the recomposition; 0 skips it.
        strand_share: factor on the number of strands.
    """

    size_px: int
    samples: int
    noise_threshold: float
    bounces: int
    alpha_samples: int
    proof_samples: int
    strand_share: float = 1.0
