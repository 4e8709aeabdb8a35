"""Every code that a `Problem` may carry: how serious it is, and what it means.

One question decides: is something known or suspected to be wrong with a value, or lacking?

    error      yes, known: something is lost, or a value breaks the schema -> ``partial``
    review     all was read, but a value is wrong or may be -> ``review``
    warning    no: it says nothing against the values -> ``ok``

What a call or a file failed with (`docglean.schemas.errors`) is an error of the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "review", "warning"]


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """One row of the table.

    Attributes:
        severity: of a problem that does not tell its own. A maker tells another one where it knows
            more of the case.
        meaning: one sentence.
    """

    severity: Severity
    meaning: str


def severity_of(code: str) -> Severity:
    """How serious a problem of this code is; one that nobody has classed is to be looked at."""
    known = PROBLEM_CODES.get(code)
    return "review" if known is None else known.severity


def _rows(severity: Severity, told: str) -> dict[str, ProblemCode]:
    """Lines of ``code: meaning``."""
    lines = (line.strip().split(": ", 1) for line in told.strip().splitlines())
    return {code: ProblemCode(severity, meaning) for code, meaning in lines}


_OF_VALUES = _rows(
    "error",
    """
    missing: The schema requires a value that was not found.
    breaks_schema: A value is not of the type or within the bounds that the schema gives.
    nothing_found: Nothing of what the schema asks for was found.
    rows_misaligned: A list was asked for in parts that do not have the same entries.
    """,
) | _rows(
    "review",
    """
    check_failed: Values contradict one another: a sum, an order of dates, a check digit.
    conflict: Two readings of one value differ; one of them was kept.
    changed_since_review: The engine reads something else now than a person saw, or another file.
    readings_differ: Engines read a value differently, and the document does not tell who is right.
    several_documents: The file seems to hold several documents, whose values may be mixed.
    unsure_boundary: Where a document of a file of several begins or ends is not sure.
    not_in_plan: Pages of the file stand in no part of the plan that divides it; they were not read.
    other_kind: By its words the document is of another built-in kind than it was read by.
    not_found: A value that a page should print, or somebody say, stands nowhere in the document.
    embedded_differs: The file's embedded data says something else than its pages show.
    embedded_unreadable: Data embedded in the file, such as an e-invoice's XML, cannot be read.
    embedded_several: Several e-invoices are embedded in the file that say different things.
    duplicate: The document, or one of the same number and amount, was read from another file.
    unsure_value: Values are less sure than was asked for.
    next_engine_failed: What is unsure was to be asked of another engine, which gave no answer.
    served_by_another: Another model than the one that was asked for gave answers.
    repaired: A damaged file or a model's answer had to be mended; something may be lacking.
    """,
)

_OF_ANSWERS = _rows(
    "error",
    """
    truncated: An answer was cut off at the limit of tokens.
    max_tokens: An answer was cut off at the limit of tokens; so the server says.
    unexpected_stop: The model stopped for a reason that nothing it was asked for gives.
    prompt_cut: The server read a part of the question only.
    empty_answer: An answer had no text.
    not_json: An answer was no JSON object.
    cut_json: An answer ends before its JSON does, although the server calls it whole.
    endless_answer: An answer was larger than any answer may be.
    no_vision: The model takes no images.
    answer_in_reasoning: The model's words were all thinking, with no answer beside it.
    thinking_used_up: The model thought until the limit of tokens and left no room for an answer.
    refused: The model or a filter refused to answer.
    refusal: The model refused to answer; so it says.
    invalid: An answer was not usable.
    failed: A call failed for a reason that the server did not name.
    too_large: A file, a page or a request is larger than what reads it takes.
    deadline: The time that a document may take at models was over.
    rate_limited: The server would not take more calls, for longer than is waited.
    overloaded: The server had too much to do, for longer than is waited.
    no_capacity: The server had no room for a call at this price, for longer than is waited.
    connection: The connection to the server failed or broke off.
    timeout: The server did not answer in time.
    server_error: The server failed.
    bad_request: The server would not have the request.
    schema_rejected: The server would not have the schema.
    content_filter: A filter of the provider refused the content.
    moderation: The provider's moderation refused the content.
    redirected: The server sent the call elsewhere, which is not followed.
    bad_body: The server's answer was not of the form that its API has.
    wrong_content: The server's answer was of another kind than its API has, such as a web page.
    cut_body: The server's answer broke off.
    endless_answer: The server's answer was larger than any that is taken.
    no_vision: The model takes no images.
    empty_body: The server's answer was empty.
    batch_gone: The provider no longer has the batch that held the request.
    not_heard: A speech engine could not hear the recording.
    """,
)

_OF_FILES = _rows(
    "error",
    """
    damaged: The file or a page of it cannot be read.
    cut_off: The file is not whole; what is there of it was read.
    dynamic_form: The form is drawn by a program in it (XFA), which was not run.
    empty: The file has no bytes.
    no_pages: The document has no pages.
    no_permission: The file may not be read by this user.
    no_pictures: The film has no pictures that can be read.
    no_frames: A film was read by its sound only.
    no_recording: The file is no recording.
    no_sound: The recording has no sound.
    no_such_file: There is no such file.
    no_such_page: None of the pages asked for is there.
    not_a_file: It is a folder or a device.
    not_fetched: The file could not be fetched from where it is.
    nothing_labelled: Only entries of lists were looked at, and of no list that it is complete.
    part_of_a_file: A label is of a whole file, and this is one of several documents of its file.
    page_unreadable: One page cannot be read.
    parser_crashed: The process that read the file ended.
    parser_failed: What read the file failed.
    password_needed: The file wants a password.
    wrong_password: No password that was given opens the file.
    too_long: The recording is longer than is read.
    too_many_pages: The document has more pages than are read.
    too_many_attachments: More files are attached to the document than are looked into.
    no_such_attachment: A file that was attached to the document is there no more.
    too_much_memory: Reading the file took more memory than it may.
    too_slow: Reading the file took more time than it may.
    unsupported: The file is of a kind that is not read.
    not_sorted: The engine could not tell which schema fits.
    reader_failed: The reader that a package adds failed.
    unsendable: The engine does not take the schema, not even in parts.
    no_fields: None of the fields that are asked for is in the schema.
    no_schema_fits: None of the schemas is for documents of this kind.
    internal_error: docglean itself failed.
    sound_damaged: Pieces of the sound were damaged and left out.
    sound_cut_off: The recording breaks off before its end.
    """,
)

_OF_SPEECH_ENGINES = _rows(
    "error",
    """
    no_speech_engine: No speech engine is installed, so the recording was not heard.
    no_weights: The speech engine has no weights on this machine.
    no_extra: A package that is needed for this is not installed.
    no_decoder: The package that decodes sound is not installed.
    bad_weights: The speech engine's weights cannot be loaded.
    wrong_language: The speech engine's weights do not know the language that was told.
    """,
)

_OF_THE_RUN = _rows(
    "warning",
    """
    beginnings_not_told: A model that was asked where documents of a file begin gave no answer.
    asked_again: What was unsure was asked of another engine too; both readings are told.
    examples_left_out: Fewer examples than were asked for were shown to the model.
    tier_refused: The cheaper tier that was asked for was refused or full: answers at full price.
    nothing_said: Nobody speaks in the recording.
    english_only: The speech engine knows English only, and no language was told.
    not_looked_up: What a model heard was not looked up in a transcript.
    embedded_engine: The embedded engine cannot find all that the schema asks for.
    split: A schema is asked for in several parts.
    split_entries: The entries of a list are asked for in several parts.
    open_choice: A field has more choices than a server takes; it is compared afterwards.
    renamed: A field goes over the wire under another name.
    keyword_not_asked: A keyword of a JSON Schema describes values that are not looked for.
    keyword_checked: A keyword of a JSON Schema is not told to models; values are checked by it.
    unconstrained: The server does not hold the model to the schema.
    """,
)

_OF_PAGES = _rows(
    "review",
    """
    script_unreadable: OCR is unsure of most of a page: its script is not known, or it is too faint.
    formula_without_value: Formulas of a sheet have no value in the file: they are empty.
    mail_not_read: The text of a message is encrypted, or kept in a way that is not read.
    hidden_text: A page holds text that nobody can see on it; it was left out.
    """,
) | _rows(
    "warning",
    """
    pages_absent: Pages were asked for by numbers that are beyond the end; the others were read.
    embedded_only: Values stand in the file's embedded data alone, and on none of its pages.
    attachments_not_read: Files are attached to the document, which were not read.
    drawn_from_text: Pages of an office file are drawn from its text, not as its program does.
    hidden_left_out: Sheets, rows, columns or slides are hidden, and were not read.
    elsewhere_not_fetched: Pictures or style sheets of the file lie elsewhere and are not fetched.
    trifles_left_out: Signatures and small pictures that a message carries are no documents.
    ragged_rows: Rows of a table in a text file have different numbers of cells.
    cover_left_out: A cover sheet of what is attached to it was not read.
    sent_as_image: Pages went to the model as images although they were to go as PDF.
    text_layer_wrong: A page's text layer says something else than it shows; it was read by OCR.
    """,
)

PROBLEM_CODES: Mapping[str, ProblemCode] = MappingProxyType(
    _OF_VALUES
    | _OF_ANSWERS
    | _OF_FILES
    | _OF_PAGES
    | _OF_SPEECH_ENGINES
    | _OF_THE_RUN
    | _rows("error", "over_budget: The run ended before the call that would cross its budget.")
)
"""By code. A test holds that each one that the code base makes stands here."""

PASSING = frozenset(
    {
        *("rate_limited", "overloaded", "no_capacity", "connection", "timeout"),
        *("server_error", "deadline"),
        *("redirected", "bad_body", "wrong_content", "cut_body", "empty_body", "batch_gone"),
        *("failed", "not_heard", "in_batch"),
        *("not_fetched", "no_such_file", "no_permission"),
        *("too_slow", "too_much_memory", "parser_crashed", "internal_error"),
        # What is missing may have been installed by then.
        *_OF_SPEECH_ENGINES,
    }
)
"""Codes of what may be otherwise another day: the same document may be read well then."""
