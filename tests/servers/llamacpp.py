"""A real llama.cpp server with a real, tiny model (SmolLM2-135M), for as long as a block lasts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samples.small_models import MODELS, start, weights

CONTEXT = 2048
"""Tokens, for each of two requests at once."""


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


EXAMPLES = "".join(
    f"<|im_start|>user\\nSHOP\\nTOTAL {total}<|im_end|>\\n<|im_start|>assistant\\n<think>\\n"
    f'I look for the total.\\n</think>\\n\\n{{"total": "{total}"}}<|im_end|>\\n'
    for total in ("1.50", "2.50", "4.50")
)
"""A conversation that the model goes on with in the same way."""

THINKS = """
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' and message.reasoning_content %}
{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}
{%- endif %}
{{- message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- else %}
{{- '<think>\\n' }}
{%- endif %}
{%- endif %}"""
"""A chat as of models that think (Qwen3): thinking begins with the prompt's end, and the model has
to end it. SmolLM2 does so where it has seen how."""
ENDS_THINKING = "{{- '" + EXAMPLES + "' }}" + THINKS


@contextmanager
def serving(template: str = "", **told: int) -> Iterator[str]:
    """Its base URL, on a free port of loopback; skips where the packages are missing.

    Args:
        template, told: as `small_models.start` has them.
    """
    pytest.importorskip("xllamacpp", reason="make test-models installs it")
    try:
        path = weights(MODELS["smollm2"], Path())
    except FileNotFoundError as error:
        pytest.skip(f"{error} make test-models installs it")
    server = start(
        path, port=free_port(), context=2 * CONTEXT, parallel=2, template=template, **told
    )
    yield f"{server.listening_address}/v1"
    del server
