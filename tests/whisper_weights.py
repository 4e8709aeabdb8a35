"""Whisper's weights from CTranslate2's form to openai-whisper's, so that tests can ask both engines
with the same weights and no network.

    python tests/whisper_weights.py FOLDER NAME.pt

Formats: CTranslate2's `specs/model_spec.py` (`_serialize`) and `specs/whisper_spec.py`;
openai-whisper's `model.py`.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy

DTYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
HEAD = 64
"""Width of an attention head, in all of Whisper's sizes."""


def read(path: Path) -> dict[str, Any]:
    """All variables of a ``model.bin``, by name."""
    found: dict[str, Any] = {}
    with path.open("rb") as file:
        _number(file, "I")  # version of the form
        _text(file)  # name of the specification
        _number(file, "I")  # its revision
        for _ in range(_number(file, "I")):
            name = _text(file)
            shape = [_number(file, "I") for _ in range(_number(file, "B"))]
            dtype = DTYPES[_number(file, "B")]
            data = file.read(_number(file, "I"))
            found[name] = numpy.frombuffer(data, dtype).reshape(shape)
        for _ in range(_number(file, "I")):
            alias = _text(file)
            found[alias] = found[_text(file)]
    return found


def convert(folder: Path, path: Path) -> Path:
    """Write the weights of a CTranslate2 folder as a checkpoint for ``whisper.load_model``."""
    import torch

    read_ = read(folder / "model.bin")
    state: dict[str, Any] = {}

    def put(name: str, value: Any) -> None:
        state[name] = torch.from_numpy(numpy.ascontiguousarray(value, numpy.float32))

    def norm(ours: str, theirs: str) -> None:
        put(f"{theirs}.weight", read_[f"{ours}/gamma"])
        put(f"{theirs}.bias", read_[f"{ours}/beta"])

    def linear(ours: str, *theirs: str) -> None:
        """One matrix, or several laid one below the other; keys have no bias in Whisper."""
        weights = numpy.split(read_[f"{ours}/weight"], len(theirs))
        biases = numpy.split(read_[f"{ours}/bias"], len(theirs))
        for name, weight, bias in zip(theirs, weights, biases, strict=True):
            put(f"{name}.weight", weight)
            if not name.endswith(".key"):
                put(f"{name}.bias", bias)

    def block(ours: str, theirs: str, crossed: bool) -> None:
        attention = f"{theirs}.attn"
        norm(f"{ours}/self_attention/layer_norm", f"{attention}_ln")
        fused = (f"{attention}.query", f"{attention}.key", f"{attention}.value")
        linear(f"{ours}/self_attention/linear_0", *fused)
        linear(f"{ours}/self_attention/linear_1", f"{attention}.out")
        if crossed:
            cross = f"{theirs}.cross_attn"
            norm(f"{ours}/attention/layer_norm", f"{cross}_ln")
            linear(f"{ours}/attention/linear_0", f"{cross}.query")
            linear(f"{ours}/attention/linear_1", f"{cross}.key", f"{cross}.value")
            linear(f"{ours}/attention/linear_2", f"{cross}.out")
        norm(f"{ours}/ffn/layer_norm", f"{theirs}.mlp_ln")
        linear(f"{ours}/ffn/linear_0", f"{theirs}.mlp.0")
        linear(f"{ours}/ffn/linear_1", f"{theirs}.mlp.2")

    for name in ("conv1", "conv2"):
        put(f"encoder.{name}.weight", read_[f"encoder/{name}/weight"])
        put(f"encoder.{name}.bias", read_[f"encoder/{name}/bias"])
    put("encoder.positional_embedding", read_["encoder/position_encodings/encodings"])
    put("decoder.positional_embedding", read_["decoder/position_encodings/encodings"])
    put("decoder.token_embedding.weight", read_["decoder/embeddings/weight"])
    norm("encoder/layer_norm", "encoder.ln_post")
    norm("decoder/layer_norm", "decoder.ln")
    layers = {part: _layers(read_, part) for part in ("encoder", "decoder")}
    for part, count in layers.items():
        for number in range(count):
            block(f"{part}/layer_{number}", f"{part}.blocks.{number}", part == "decoder")
    width = int(read_["encoder/conv1/weight"].shape[0])
    dims = {
        "n_mels": int(read_["encoder/conv1/weight"].shape[1]),
        "n_audio_ctx": int(read_["encoder/position_encodings/encodings"].shape[0]),
        "n_audio_state": width,
        "n_audio_head": width // HEAD,
        "n_audio_layer": layers["encoder"],
        "n_vocab": int(read_["decoder/embeddings/weight"].shape[0]),
        "n_text_ctx": int(read_["decoder/position_encodings/encodings"].shape[0]),
        "n_text_state": width,
        "n_text_head": width // HEAD,
        "n_text_layer": layers["decoder"],
    }
    torch.save({"dims": dims, "model_state_dict": state}, path)
    return path


def _layers(variables: dict[str, Any], part: str) -> int:
    return len(
        {name.split("/")[1] for name in variables if name.startswith(f"{part}/layer_")}
        - {"layer_norm"}
    )


def _number(file: BinaryIO, form: str) -> int:
    return int(struct.unpack(f"<{form}", file.read(struct.calcsize(form)))[0])


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H"))[:-1].decode()


if __name__ == "__main__":
    print(convert(Path(sys.argv[1]), Path(sys.argv[2])))
