"""Stage segment: RGB pixels to the probability of hair, by a network of the model store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.passes.rewrite import wanted_passes
from hairopt.models.contract import ModelFile
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.execution import Execution, execution_of
from hairopt.runtimes.protocol import Runtime, RuntimeSettings, Segmenter
from hairopt.stages.upsample import upsample_guided
from hairopt.types import ImageU8, MaskF32


@dataclass(frozen=True)
class NetworkSegmenter:
    """A loaded network, with the file it was loaded from.

    Attributes:
        network: the loaded network.
        model_file: the file, after conversion and quantisation.
        runtime: the runtime that loaded it.
        settings: the settings it was loaded with.
        guided: whether the mask is enlarged along the photo's edges.
    """

    network: Segmenter
    model_file: ModelFile
    runtime: Runtime
    settings: RuntimeSettings
    guided: bool = False

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair: float32 (h, w) in [0, 1] for uint8 (H, W, 3) RGB."""
        return self.finished(self.network(image), image)

    def finished(self, mask: MaskF32, image: ImageU8) -> MaskF32:
        """The mask of the network, enlarged along the photo's edges where that is wanted."""
        return upsample_guided(mask, image) if self.guided else mask

    @property
    def input_shape(self) -> tuple[int, int]:
        """Rows and columns of the network's input."""
        taken = self.model_file.contract.at(self.settings.input_size).input
        return taken.height, taken.width

    def execution(self) -> Execution | None:
        """The operators that the runtime executes; None where it cannot list them."""
        return execution_of(self.runtime, self.model_file, self.settings)

    def close(self) -> None:
        """Release the network; a second call has no effect."""
        self.network.close()


def load_network(
    *,
    runtime: str,
    model: str,
    precision: str,
    input_size: int | None,
    threads: int,
    rewrite: bool | Sequence[str] | None = None,
    trim: bool = False,
    float_layers: Sequence[str] | None = None,
    upsample: str = "linear",
    **settings: Any,  # noqa: ANN401
) -> NetworkSegmenter:
    """Find the model, convert it to a form that the runtime reads, and load it.

    Args:
        runtime: name of a runtime.
        model: name of a model in the store.
        precision: ``float32``, ``float16``, ``int8`` or ``mixed``.
        input_size: side of the square input in pixels, or None for the model's own.
        threads: threads inside one inference.
        rewrite: exact rewrites: True for those that save time in this runtime, False for none,
            a list of names, or None for those that runtime and precision need.
        trim: leave out the network's last enlargement; the mask is smaller.
        float_layers: layers that stay float32 in precision mixed; None for the known ones.
        upsample: ``linear`` leaves the mask at the network's size, ``guided`` enlarges it.
        settings: further fields of ``RuntimeSettings``.

    Returns:
        The segmenter; its ``model_file`` says which file runs.

    Raises:
        UnavailableError: runtime, model or precision is not available on this machine.
        ModelError: the model file is damaged or contradicts its contract.
        ConfigError: no runtime or rewrite has this name.
    """
    executor = RUNTIMES.get(runtime)
    executor.check()
    record, path = find_model(model)
    own = record.contract.input
    resized = input_size not in (None, own.height) or (input_size and own.height != own.width)
    file = resolve(
        record,
        path,
        formats=executor.formats,
        precision=precision,
        passes=wanted_passes(rewrite, runtime, precision, resized=bool(resized)),
        float_layers=float_layers,
        trim=trim,
        input_size=input_size,
    )
    how = RuntimeSettings(threads=threads, input_size=input_size, **settings)
    return NetworkSegmenter(executor.load(file, how), file, executor, how, upsample == "guided")
