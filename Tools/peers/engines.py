"""The other engines behind one interface, one class each.

`build(base, folder)` makes an index in an empty folder, `open(folder)` loads it, `prepare(setting)`
returns a function that searches for one query (a float32 array of one row, k = 10), and
`ids(answer)` turns its answer into row numbers, which is not timed. `settings` is the grid. All of
them search on one thread. `metric` is that of the run; `wants_unit` says that an engine takes the
cosine for the product of vectors of length 1, which it is given.
"""

import os

COUNT = 10


def list_count(count):
    """As faiss advises for 4-bit codes and as each engine was found to do best."""
    return 256 if count < 200_000 else 4096 if count >= 500_000 else 1024


class Engine:
    metric = "euclidean"
    wants_unit = False

    def called(self, euclidean, cosine, product):
        """The metric by the engine's own name."""
        names = {"euclidean": euclidean, "cosine": cosine, "inner-product": product}
        return names[self.metric]


class Faiss(Engine):
    """faiss: an index of the factory, with its search parameters as names and values."""

    module = "faiss-cpu"
    wants_unit = True

    def __init__(self, factory, grid):
        self.factory = factory
        self.settings = grid

    def build(self, base, folder):
        import faiss

        faiss.omp_set_num_threads(os.cpu_count())
        dimension = base.shape[1]
        pieces = dimension // (4 if dimension >= 256 else 2)
        text = self.factory.format(lists=list_count(len(base)), pieces=pieces)
        product = faiss.METRIC_INNER_PRODUCT
        metric = self.called(faiss.METRIC_L2, product, product)
        index = faiss.index_factory(dimension, text, metric)
        index.train(base)
        index.add(base)
        faiss.write_index(index, f"{folder}/index")

    def open(self, folder):
        import faiss

        faiss.omp_set_num_threads(1)
        self.index = faiss.read_index(f"{folder}/index")
        self.space = faiss.ParameterSpace()

    def prepare(self, setting):
        self.space.set_index_parameters(self.index, setting)
        index = self.index
        return lambda query: index.search(query, COUNT)[1]

    def prepare_batch(self, setting):
        """Like `prepare`, for all queries in one call on all processors."""
        import faiss

        faiss.omp_set_num_threads(os.cpu_count())
        return self.prepare(setting)

    def ids(self, answer):
        return answer[0]


class ScaNN(Engine):
    """ScaNN: tree, asymmetric hashing with two dimensions a piece, exact reordering."""

    module = "scann"
    wants_unit = True
    settings = [
        (leaves, candidates)
        for leaves in (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
        for candidates in (20, 30, 50, 100, 200, 300)
    ]

    def build(self, base, folder):
        import scann

        tree = 256 if len(base) < 200_000 else 1024
        metric = self.called("squared_l2", "dot_product", "dot_product")
        builder = scann.scann_ops_pybind.builder(base, COUNT, metric)
        builder = builder.tree(
            num_leaves=tree, num_leaves_to_search=8, training_sample_size=min(len(base), 250_000)
        )
        builder = builder.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100)
        builder.build().serialize(folder)

    def open(self, folder):
        import scann

        self.index = scann.scann_ops_pybind.load_searcher(folder)

    def prepare(self, setting):
        index, (leaves, candidates) = self.index, setting
        return lambda query: index.search(
            query[0], COUNT, pre_reorder_num_neighbors=candidates, leaves_to_search=leaves
        )[0]

    def ids(self, answer):
        return answer


class Hnswlib(Engine):
    """hnswlib with its usual M = 16 and efConstruction = 200."""

    module = "hnswlib"
    settings = [10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 240, 320]

    def build(self, base, folder):
        import hnswlib

        space = self.called("l2", "cosine", "ip")
        index = hnswlib.Index(space=space, dim=base.shape[1])
        index.init_index(max_elements=len(base), M=16, ef_construction=200, random_seed=1)
        index.add_items(base, num_threads=os.cpu_count())
        index.save_index(f"{folder}/index")
        with open(f"{folder}/dimension", "w") as file:
            file.write(str(base.shape[1]))

    def open(self, folder):
        import hnswlib

        with open(f"{folder}/dimension") as file:
            space = self.called("l2", "cosine", "ip")
            self.index = hnswlib.Index(space=space, dim=int(file.read()))
        self.index.load_index(f"{folder}/index")
        self.index.set_num_threads(1)

    def prepare(self, setting):
        self.index.set_ef(setting)
        index = self.index
        return lambda query: index.knn_query(query, k=COUNT, num_threads=1)[0]

    def ids(self, answer):
        return answer[0]


class USearch(Engine):
    """usearch with float32 and its defaults for the graph."""

    module = "usearch"
    settings = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256]

    def build(self, base, folder):
        import numpy
        from usearch.index import Index

        metric = self.called("l2sq", "cos", "ip")
        index = Index(ndim=base.shape[1], metric=metric, dtype="f32")
        index.add(numpy.arange(len(base)), base, threads=os.cpu_count())
        index.save(f"{folder}/index")

    def open(self, folder):
        from usearch.index import Index

        self.index = Index.restore(f"{folder}/index")

    def prepare(self, setting):
        self.index.expansion_search = setting
        index = self.index
        return lambda query: index.search(query[0], COUNT, threads=1).keys

    def ids(self, answer):
        return answer


class Zvec(Engine):
    """zvec: opened read-only; `is_raw` takes the interface that returns internal numbers."""

    module = "zvec"

    def __init__(self, kind, is_raw):
        self.kind = kind
        self.is_raw = is_raw
        self.folder_name = f"zvec-{kind}"
        efforts = (10, 12, 16, 20, 24, 32, 48, 64, 80, 96, 128, 192, 256)
        self.settings = efforts if kind == "hnsw" else (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128)

    def build(self, base, folder):
        self.make(base, folder)

    def make(self, base, folder, fields=(), values=lambda row: {}):
        """Makes the collection; `values` gives those of a row's fields, by name."""
        import zvec
        from zvec.typing import DataType, MetricType, QuantizeType

        metric = self.called(MetricType.L2, MetricType.COSINE, MetricType.IP)
        if self.kind == "hnsw":
            index = zvec.HnswIndexParam(
                metric_type=metric, m=16, ef_construction=200,
                quantize_type=QuantizeType.INT8, use_contiguous_memory=True,
            )
        else:
            lists = 256 if len(base) < 200_000 else 1024
            index = zvec.IvfRabitqIndexParam(metric_type=metric, nlist=lists, total_bits=7)
        vector = zvec.VectorSchema("v", DataType.VECTOR_FP32, base.shape[1], index_param=index)
        schema = zvec.CollectionSchema("c", fields=list(fields), vectors=vector)
        collection = zvec.create_and_open(f"{folder}/collection", schema)
        for start in range(0, len(base), 1000):
            rows = range(start, min(start + 1000, len(base)))
            answers = collection.insert([
                zvec.Doc(id=str(row), vectors={"v": base[row]}, fields=values(row)) for row in rows
            ])
            if not all(answer.ok() for answer in answers):
                raise RuntimeError(f"cannot insert rows {rows}: {answers[0]}")
        collection.optimize()
        collection.close()

    def open(self, folder):
        import zvec

        zvec.init(log_dir=f"{folder}/logs", query_threads=1)
        self.collection = zvec.open(
            f"{folder}/collection", zvec.CollectionOption(read_only=True)
        )

    def prepare(self, setting):
        import zvec

        collection = self.collection
        if self.kind == "hnsw":
            parameters = zvec.HnswQueryParam(ef=setting)
        else:
            parameters = zvec.IvfRabitqQueryParam(nprobe=setting)
        if self.is_raw:
            return lambda query: collection.query_internal_ids(
                zvec.Query("v", vector=query[0], param=parameters), topk=COUNT
            )
        return lambda query: collection.query(
            zvec.Query("v", vector=query[0], param=parameters), topk=COUNT, output_fields=[]
        )

    def ids(self, answer):
        if self.is_raw:
            names = self.collection.resolve_internal_ids(answer)
        else:
            names = [document.id for document in answer]
        return [int(name) for name in names if name is not None]


class LanceDB(Engine):
    """LanceDB: inverted lists with product quantization, refined by the full vectors."""

    module = "lancedb"
    settings = [(4, 3), (8, 5), (12, 10), (16, 10), (32, 10), (48, 20)]

    def build(self, base, folder):
        import lancedb
        import pyarrow

        dimension = base.shape[1]
        vectors = pyarrow.FixedSizeListArray.from_arrays(base.reshape(-1), dimension)
        table = lancedb.connect(folder).create_table(
            "t", pyarrow.table({"id": pyarrow.array(range(len(base))), "vector": vectors})
        )
        table.create_index(
            metric=self.called("l2", "cosine", "dot"), index_type="IVF_PQ",
            num_partitions=list_count(len(base)), num_sub_vectors=dimension // 8,
        )

    def open(self, folder):
        # It warns of every query otherwise.
        os.environ["LANCE_LOG"] = "error"
        import lancedb

        self.table = lancedb.connect(folder).open_table("t")

    def prepare(self, setting):
        table, (probes, factor) = self.table, setting
        return lambda query: (
            table.search(query[0]).limit(COUNT).nprobes(probes).refine_factor(factor)
            .select(["id", "_distance"]).to_arrow()
        )

    def ids(self, answer):
        return answer["id"].to_pylist()


def _lists_and_factors(names, factors):
    probes = (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
    return [f"nprobe={p},{names}={f}" for p in probes for f in factors]


ENGINES = {
    "faiss-pq4": Faiss(
        "IVF{lists},PQ{pieces}x4fs,RFlat", _lists_and_factors("k_factor_rf", (2, 4, 10, 30))
    ),
    "faiss-hnsw": Faiss(
        "HNSW32", [f"efSearch={e}" for e in (10, 16, 24, 32, 48, 64, 96, 128, 192, 256)]
    ),
    "faiss-rabitq": Faiss(
        "IVF{lists},RaBitQfs,RFlat", _lists_and_factors("k_factor_rf", (4, 10, 20, 40))
    ),
    "scann": ScaNN(),
    "hnswlib": Hnswlib(),
    "usearch": USearch(),
    "zvec-hnsw-raw": Zvec("hnsw", is_raw=True),
    "zvec-hnsw": Zvec("hnsw", is_raw=False),
    "zvec-ivf-raw": Zvec("ivf", is_raw=True),
    "zvec-ivf": Zvec("ivf", is_raw=False),
    "lancedb": LanceDB(),
}
