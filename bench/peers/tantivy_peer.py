"""tantivy as a peer: the protocol of peer.ts, with the Python package `tantivy`.

One segment in memory, frequencies without positions, no stored fields, no count of all matches (so that it may skip what
cannot reach the best k): the least that it can be asked to do for the same answer.
"""

import json
import math
import sys
import time

import tantivy

PATH_WEIGHT = 3.0


def build(file):
    builder = tantivy.SchemaBuilder()
    for field in ("path", "text"):
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=3_000_000_000, num_threads=1)
    with open(file, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            path, text = line.rstrip("\n").split("\t")
            writer.add_document(tantivy.Document(path=" ".join([path]*3), text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return schema, index.searcher()


def prepare(schema, query):
    should = tantivy.Occur.Should
    parts = []
    for token, count in query:
        weight = 1 + math.log(count)
        for field, boost in (("text", weight), ("path", weight)):
            term = tantivy.Query.term_query(schema, field, token, "freq")
            parts.append((should, tantivy.Query.boost_query(term, boost)))
    return tantivy.Query.boolean_query(parts)


def answer(schema, searcher, queries, k):
    result = {"ms": [], "wholeMs": [], "hits": []}
    for query in queries:
        started = time.perf_counter()
        prepared = prepare(schema, query)
        prepare_end = time.perf_counter()
        found = searcher.search(prepared, limit=k, count=False).hits
        ended = time.perf_counter()
        result["ms"].append(1000 * (ended - prepare_end))
        result["wholeMs"].append(1000 * (ended - started))
        result["hits"].append([[address.doc, score] for score, address in found])
    return result


def main():
    schema = searcher = None
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            started = time.perf_counter()
            schema, searcher = build(request["load"])
            note = f"{searcher.num_segments} segment{'' if searcher.num_segments == 1 else 's'}, in memory"
            reply = {"ms": 1000 * (time.perf_counter() - started), "note": note}
        else:
            reply = answer(schema, searcher, request["queries"], request["k"])
        print(json.dumps(reply), flush=True)


main()
