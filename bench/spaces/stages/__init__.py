"""The size of a network of stages, by which a space counts its costs and a construct builds its supernet."""

from typing import Any, NamedTuple


class Size(NamedTuple):
    """Channels of stem, stages and head; strides of stem and stages; side of the images in pixels; classes."""

    stem: int
    widths: tuple[int, ...]
    strides: tuple[int, ...]
    stem_stride: int
    head: int
    resolution: int
    classes: int

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return the settings of a construct of this size, some of them changed.

        >>> Size(8, (16,), (2,), 1, 32, 32, 10).settings(head=64)
        {'stem': 8, 'widths': (16,), 'strides': (2,), 'stem_stride': 1, 'head': 64, 'resolution': 32}
        """
        settings = self._asdict() | changes
        del settings["classes"]
        return settings
