"""Pictures as the tensors of a model. Pillow and numpy are imported when the first picture comes."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional

from .problems import Problem
from .tensors import TensorSpec

_SMALLEST = 16
_LARGEST = 4096
_USUAL = 224
# The mean and the standard deviation of the pictures of ImageNet, with which models of torchvision and timm are
# trained.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)

TRANSLATIONS = {
    "图片": "Picture",
    "缩放方式": "Resize",
    "拉伸": "Stretch",
    "居中裁剪": "Crop the centre",
    "留边": "Pad",
    "数值范围": "Scale",
    "按 ImageNet 归一化": "ImageNet mean and deviation",
    "通道顺序": "Order of channels",
    "宽": "Width",
    "高": "Height",
}


class PictureSpec(NamedTuple):
    """The layout of a picture in an input. Width and height are None if the model takes any."""

    tensor: TensorSpec
    channels: int
    channels_last: bool
    width: Optional[int]
    height: Optional[int]


def picture_spec(spec: TensorSpec) -> Optional[PictureSpec]:
    """An input of one picture: four dimensions, of which one has 1 or 3 channels. None for any other input."""
    if len(spec.shape) != 4 or spec.shape[0] not in (None, 1) or spec.dtype not in ("float32", "float16", "float64", "uint8"):
        return None
    _, second, third, fourth = spec.shape
    for channels, height, width, last in ((second, third, fourth, False), (fourth, second, third, True)):
        is_large = all(side is None or side >= _SMALLEST for side in (height, width))
        if channels in (1, 3) and is_large:
            return PictureSpec(spec, channels or 0, last, width, height)
    return None


def picture_parameters(spec: PictureSpec, scale: str) -> Dict[str, Any]:
    """The parameters that say how a picture becomes a tensor. ``scale`` is the default of how its numbers are scaled."""
    properties: Dict[str, Any] = {
        "resize": _choice("缩放方式", {"stretch": "拉伸", "crop": "居中裁剪", "pad": "留边"}, "stretch"),
    }
    if spec.tensor.dtype != "uint8":
        scales = {"0_1": "0 … 1", "-1_1": "-1 … 1", "0_255": "0 … 255"}
        if spec.channels == 3:
            scales["imagenet"] = "按 ImageNet 归一化"
        properties["scale"] = _choice("数值范围", scales, scale if scale in scales else "0_1")
    if spec.channels == 3:
        properties["channels"] = _choice("通道顺序", {"RGB": "RGB", "BGR": "BGR"}, "RGB")
    for name, title, side in (("width", "宽", spec.width), ("height", "高", spec.height)):
        if side is None:
            bounds = {"minimum": _SMALLEST, "maximum": _LARGEST}
            properties[name] = {"title": title, "type": "integer", **bounds, "default": _USUAL}
    return properties


def _choice(title: str, labels: Dict[str, str], default: str) -> Dict[str, Any]:
    choices: List[Dict[str, str]] = [{"const": value, "title": label} for value, label in labels.items()]
    return {"title": title, "type": "string", "oneOf": choices, "default": default, "x-widget": "select"}


def read_picture(spec: PictureSpec, path: str, parameters: Dict[str, Any]) -> Any:
    """The tensor of a picture. Raises :class:`Problem` for a file that is not a picture."""
    import numpy
    from PIL import Image, ImageOps

    size = (int(spec.width or parameters.get("width", _USUAL)), int(spec.height or parameters.get("height", _USUAL)))
    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened) or opened
            picture = upright.convert("L" if spec.channels == 1 else "RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Problem("input.invalid", message=f"the file is no picture: {error}") from error
    ways = {"crop": ImageOps.fit, "pad": ImageOps.pad}
    way = ways.get(str(parameters.get("resize")), lambda one, to: one.resize(to))
    pixels = numpy.asarray(way(picture, size)).reshape(size[1], size[0], spec.channels)
    if parameters.get("channels") == "BGR":
        pixels = pixels[:, :, ::-1]
    scaled = _scaled(pixels, str(parameters.get("scale")), spec.tensor.dtype)
    ordered = scaled if spec.channels_last else scaled.transpose(2, 0, 1)
    return numpy.ascontiguousarray(ordered[numpy.newaxis])


def _scaled(pixels: Any, scale: str, dtype: str) -> Any:
    import numpy

    if dtype == "uint8":
        return pixels
    numbers = pixels.astype(numpy.float32)
    if scale == "-1_1":
        numbers = numbers / 127.5 - 1
    elif scale == "imagenet" and pixels.shape[2] == 3:
        numbers = (numbers / 255 - numpy.asarray(_MEAN, numpy.float32)) / numpy.asarray(_DEVIATION, numpy.float32)
    elif scale != "0_255":
        numbers = numbers / 255
    return numbers.astype(dtype)
