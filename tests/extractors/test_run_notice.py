"""What a run says first, each thing on a line of its own."""

from __future__ import annotations

from docglean.extractors.condition import Condition
from docglean.extractors.run_notice import chain_notice, notice_of


def test_engines_that_follow_each_other_are_told_line_by_line_and_nothing_twice() -> None:
    shipped = "Confidence: shipped prior."
    first = notice_of("Engine local: nothing leaves this machine.", shipped)
    other = notice_of("Engine openai:x: pages go to api.openai.com.", shipped)
    assert chain_notice(first, [other], Condition.of("confidence<0.9")).splitlines() == [
        "Engine local: nothing leaves this machine.",
        shipped,
        "What is unsure (confidence<0.9) goes on, with the pages it may stand on:",
        "Engine openai:x: pages go to api.openai.com.",
    ]


def test_an_engine_alone_says_no_more_than_its_sentences() -> None:
    assert chain_notice(notice_of("Engine local.", ""), [], Condition.of("null")) == "Engine local."
