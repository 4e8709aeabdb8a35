"""What is measured here, each with `python -m bench.NAME --help` for its options.

    embedded     what the embedded engine reads right, by set and field (`make bench`)
    train        trains the small models that the engine `local` decides by, from `trainings/`
    ablation     what a part of that engine adds (`bench.embedded --without NAME`)
    generated    the same on papers of drawn layouts, none of which anybody has seen before
    locate       how surely values are found again on scanned forms, how seldom where they are not
    ocr_scores   whether the scores of words tell right from wrong ones, on scanned forms
    tables       how well tables are found and divided, ours beside single finders
    hosted       300 documents past models that think and servers that fail: whether all end, what
                 is paid against what was estimated, and that nothing is paid twice
    speech       speech engines side by side: errors, invented words, speed, memory
    packets      where files of several documents are divided: beginnings right, documents cut
    packet_run   such files read to the end: memory by their length, parts against single files
    pages        seconds a page by stage: open, render, encode, words, OCR
    review_page  how long a person waits for the server of the review page
    review       a simulated reviewer: errors found against values looked at, by their order
    confidence   what confidence is worth, signal by signal, and what it costs
    cldr         makes schemas/reading/cldr.json of babel's data; measures nothing
    client       processor time of a kept client's next document, to that of a new call
    scoring      seconds and memory for scoring answers and for the report's figures
    operations   a run beside its model: to the ideal, to a bare loop over the SDK, the Prefect
                 flow, rendering to raw PyMuPDF, memory up to 10,000 documents, a warm rerun,
                 start-up; as ratios, with `--part` alone or with `--quick` in small

Accuracy needs the evaluation documents (DOCGLEAN_EVALDATA); time needs a machine that does nothing
else.
"""
