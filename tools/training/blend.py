"""Mean of two networks: ``python -m tools.training.blend OLD.onnx NEW.onnx --new 0.3 -o OUT.onnx``.

A network that was trained further is better where it was trained and worse where it forgot; on the
line between its weights and those it started from lie networks that are good at both (Wortsman et
al., "Robust fine-tuning of zero-shot models", CVPR 2022). The input may get another size as well: a
network trained on enlarged crops reads larger pictures better than it was trained on (Touvron et
al., "Fixing the train-test resolution discrepancy", NeurIPS 2019).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from hairopt.train.export import to_onnx
from hairopt.train.initial_weights import Weights, load_folded, read_convolutions
from hairopt.train.network import INPUT_PX, HairNet


def blended(old: Weights, new: Weights, share: float) -> Weights:
    """Kernels and biases of ``(1 - share) old + share new``."""
    return [
        ((1 - share) * kernel + share * other, (1 - share) * bias + share * other_bias)
        for (kernel, bias), (other, other_bias) in zip(old, new, strict=True)
    ]


def main() -> None:
    """Write the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--new", dest="share", type=float, required=True, help="its share, 0..1")
    parser.add_argument("--side", type=int, default=INPUT_PX, help="of the input, pixels")
    parser.add_argument("-o", dest="out", type=Path, required=True)
    asked = parser.parse_args()
    stored = blended(read_convolutions(asked.old), read_convolutions(asked.new), asked.share)
    network = HairNet()
    load_folded(network, stored, INPUT_PX, str(asked.new))
    asked.out.write_bytes(to_onnx(network, asked.side).SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
