"""FAISS beside the engram: reads vectors and queries as 32-bit floats, prints one JSON object (compare-vectors.ts)."""

import json
import sys
import time

import faiss
import numpy as np

vectors_file, queries_file, dimensions, k, changed = sys.argv[1:6]
dimensions, k, changed = int(dimensions), int(k), int(changed)
faiss.omp_set_num_threads(1)
vectors = np.fromfile(vectors_file, dtype=np.float32).reshape(-1, dimensions)
queries = np.fromfile(queries_file, dtype=np.float32).reshape(-1, dimensions)
ip = faiss.METRIC_INNER_PRODUCT


def flat():
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))


def hnsw():
    inner = faiss.IndexHNSWFlat(dimensions, 32, ip)
    inner.hnsw.efConstruction = 80
    inner.hnsw.efSearch = 200
    return inner


def ivf():
    lists = max(8, int(4 * len(vectors) ** 0.5))
    index = faiss.index_factory(dimensions, f"IVF{lists},Flat", ip)
    index.train(vectors)
    index.nprobe = max(1, lists // 8)
    return index


def measure(name, make):
    started = time.perf_counter()
    index = make()
    ids = np.arange(len(vectors), dtype=np.int64)
    if name == "faiss-hnsw":
        index.add(vectors)
    else:
        index.add_with_ids(vectors, ids)
    build = 1000 * (time.perf_counter() - started)
    times, hits = [], []
    for row in queries:
        asked = time.perf_counter()
        scores, found = index.search(row.reshape(1, -1), k)
        times.append(1000 * (time.perf_counter() - asked))
        hits.append([[int(i), float(s)] for i, s in zip(found[0], scores[0]) if i >= 0])
    size = int(faiss.serialize_index(index).nbytes)
    started = time.perf_counter()
    try:
        index.remove_ids(ids[:changed])
        index.add_with_ids(vectors[:changed], ids[:changed])
        update = 1000 * (time.perf_counter() - started)
    except RuntimeError:
        update = None
    return {"name": name, "buildMs": build, "bytes": size, "searchMs": times, "hits": hits, "updateMs": update}


results = [measure("faiss-flat", flat), measure("faiss-ivf", ivf), measure("faiss-hnsw", hnsw)]
print(json.dumps({"version": faiss.__version__, "stores": results}))
