"""Small servers that speak as Qdrant, Pinecone and Milvus (REST v2) do, and take nothing that those would refuse. Pinecone's
requests and answers are checked against its published API definition where the reference data is there."""
import http.server
import json
import os
import re
import threading
import urllib.parse
import uuid

DIMENSIONS = 768
ID = re.compile(r"^visit_[a-z2-7]{26}$")


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def need(truth, message, status=400):
    if not truth:
        raise Refused(status, message)


def vector_of(values):
    need(isinstance(values, list) and len(values) == DIMENSIONS, "dimension")
    need(all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values), "values")
    need(any(values), "a zero vector")
    return values


def flat(metadata):
    """Strings, numbers, truth values, lists of strings; no null, nothing nested; 40 KB."""
    need(isinstance(metadata, dict), "metadata")
    for key, value in metadata.items():
        need(isinstance(value, (str, int, float, bool)) or
             isinstance(value, list) and all(isinstance(item, str) for item in value), f"metadata {key}")
    need(len(json.dumps(metadata)) <= 40960, "metadata size")
    return metadata


class Definition:
    """The schemas of an OpenAPI file, read by an independent validator."""

    def __init__(self, path):
        import jsonschema
        import yaml
        self.jsonschema, self.tree = jsonschema, self.clean(yaml.safe_load(open(path)))

    def clean(self, node):
        """What the file writes as maxLength of an array is a maximum of items; `required` of a leaf is no list of names."""
        if isinstance(node, list):
            return [self.clean(item) for item in node]
        if not isinstance(node, dict):
            return node
        node = {key: self.clean(value) for key, value in node.items()}
        if node.get("type") == "array":
            for old, new in (("maxLength", "maxItems"), ("minLength", "minItems")):
                if old in node:
                    node[new] = node.pop(old)
        if node.get("type") in ("array", "string", "number", "integer", "boolean"):
            node.pop("required", None)
        return node

    def check(self, name, value):
        schema = {"$ref": f"#/components/schemas/{name}", "components": self.tree["components"]}
        self.jsonschema.Draft202012Validator(schema).validate(value)


class Server:
    """A database in a dict: id -> (vector, metadata)."""
    secret = "vector-test-secret"

    def __init__(self):
        self.rows, self.requests, self.bytes_max, self.throttle = {}, 0, 0, 0
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with outer.lock:
                    outer.requests += 1
                    outer.bytes_max = max(outer.bytes_max, len(body))
                    try:
                        if outer.throttle and outer.requests % outer.throttle == 0:
                            status, answer = outer.busy()
                        else:
                            need(outer.authorized(self.headers), "who are you", 401)
                            url = urllib.parse.urlsplit(self.path)
                            query = urllib.parse.parse_qs(url.query)
                            status, answer = outer.answer(self.command, url.path, query, json.loads(body) if body else None)
                    except Refused as trouble:
                        status, answer = outer.refuse(trouble.status, str(trouble))
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = handle_any

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def busy(self):
        return 429, {}

    def refuse(self, status, message):
        return status, {"message": message}


class Qdrant(Server):
    scheme, variable = "qdrant", "QDRANT_API_KEY"

    def __init__(self):
        super().__init__()
        self.collection, self.indexes = None, set()

    def authorized(self, headers):
        return headers.get("api-key") == self.secret

    def target(self):
        return f"qdrant://127.0.0.1:{self.port}/patients"

    def matches(self, filter, payload):
        def one(condition):
            need(set(condition) == {"key", "match"} and set(condition["match"]) == {"value"}, "condition")
            return payload.get(condition["key"]) == condition["match"]["value"]
        need(set(filter) <= {"must", "must_not"}, "filter")
        return all(map(one, filter.get("must", []))) and not any(map(one, filter.get("must_not", [])))

    def answer(self, method, path, query, body):
        prefix = "/collections/patients"
        need(path.startswith(prefix), "path", 404)
        rest, ok = path[len(prefix):], lambda result: (200, {"result": result, "status": "ok", "time": 0.001})
        if rest == "" and method == "GET":
            need(self.collection is not None, "no such collection", 404)
            return ok({"status": "green", "config": {"params": {"vectors": self.collection}}})
        if rest == "" and method == "PUT":
            need(self.collection is None, "exists", 409)
            need(body["vectors"]["distance"] in ("Dot", "Cosine", "Euclid", "Manhattan"), "distance")
            self.collection = body["vectors"]
            return ok(True)
        need(self.collection is not None, "no such collection", 404)
        if rest == "/index" and method == "PUT":
            need(body["field_schema"] == "keyword", "schema")
            self.indexes.add(body["field_name"])
            return ok({"operation_id": 1, "status": "completed"})
        if rest == "/points" and method == "PUT":
            need(set(body) == {"points"} and body["points"], "points")
            for point in body["points"]:
                need(set(point) == {"id", "vector", "payload"}, "point")
                need(str(uuid.UUID(point["id"])) == point["id"] and uuid.UUID(point["id"]).version == 5, "id")
                self.rows[point["id"]] = (vector_of(point["vector"]), flat(point["payload"]))
            return ok({"operation_id": 2, "status": "completed" if query.get("wait") == ["true"] else "acknowledged"})
        need(method == "POST", "method", 405)
        if rest == "/points":
            found = [{"id": i, "vector": self.rows[i][0], "payload": self.rows[i][1]} for i in body["ids"] if i in self.rows]
            return ok(found)
        if rest == "/points/count":
            return ok({"count": sum(self.matches(body["filter"], p) for _, p in self.rows.values())})
        if rest == "/points/delete":
            self.rows = {i: r for i, r in self.rows.items() if not self.matches(body["filter"], r[1])}
            return ok({"operation_id": 3, "status": "completed"})
        raise Refused(404, "path")

    def get(self, row_id):
        return self.rows.get(str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:lethe:" + row_id)))


class Pinecone(Server):
    scheme, variable = "pinecone", "PINECONE_API_KEY"

    def __init__(self, definition=None):
        super().__init__()
        self.definition = definition

    def authorized(self, headers):
        need(headers.get("X-Pinecone-Api-Version") == "2025-10", "version")
        return headers.get("Api-Key") == self.secret

    def target(self):
        return f"pinecone://127.0.0.1:{self.port}?namespace=anonymized_patients"

    def check(self, name, value):
        if self.definition:
            try:
                self.definition.check(name, value)
            except self.definition.jsonschema.ValidationError as trouble:
                raise Refused(400, trouble.message) from trouble

    def matches(self, filter, metadata):
        for key, condition in filter.items():
            (operator, value), = condition.items()
            need(operator in ("$eq", "$ne"), "operator")
            if (metadata.get(key) == value) != (operator == "$eq"):
                return False
        return True

    def answer(self, method, path, query, body):
        if path == "/describe_index_stats" and method == "POST":
            self.check("DescribeIndexStatsRequest", body)
            spaces = {"anonymized_patients": {"vectorCount": len(self.rows)}} if self.rows else {}
            answer = {"dimension": DIMENSIONS, "metric": "dotproduct", "indexFullness": 0.1, "namespaces": spaces,
                      "totalVectorCount": len(self.rows), "vectorType": "dense"}
            self.check("IndexDescription", answer)
            return 200, answer
        if path == "/vectors/upsert" and method == "POST":
            self.check("UpsertRequest", body)
            need(body["namespace"] == "anonymized_patients" and 1 <= len(body["vectors"]) <= 1000, "vectors")
            need(len(json.dumps(body)) <= 2 << 21, "too large")
            for vector in body["vectors"]:
                need(set(vector) == {"id", "values", "metadata"} and ID.match(vector["id"]), "vector")
                self.rows[vector["id"]] = (vector_of(vector["values"]), flat(vector["metadata"]))
            return 200, {"upsertedCount": len(body["vectors"])}
        if path == "/vectors/delete" and method == "POST":
            self.check("DeleteRequest", body)
            need(body["namespace"] == "anonymized_patients", "namespace")
            self.rows = {i: r for i, r in self.rows.items() if not self.matches(body["filter"], r[1])}
            return 200, {}
        if path == "/vectors/fetch" and method == "GET":
            found = {i: {"id": i, "values": self.rows[i][0], "metadata": self.rows[i][1]}
                     for i in query["ids"] if i in self.rows}
            answer = {"namespace": query["namespace"][0], "vectors": found, "usage": {"readUnits": 1}}
            self.check("FetchResponse", answer)
            return 200, answer
        raise Refused(404, "path")

    def get(self, row_id):
        return self.rows.get(row_id)


class Milvus(Server):
    scheme, variable = "milvus", "MILVUS_TOKEN"

    def __init__(self):
        super().__init__()
        self.schema = None

    def authorized(self, headers):
        return headers.get("Authorization") == f"Bearer {self.secret}"

    def target(self):
        return f"milvus://127.0.0.1:{self.port}/patients"

    def busy(self):
        return 200, {"code": 8, "message": "rate limit"}

    def refuse(self, status, message):
        return 200, {"code": {401: 1800, 404: 100}.get(status, 1100), "message": message}

    def matches(self, expression, entity):
        for part in expression.split(" and "):
            name, operator, value = re.fullmatch(r'(\w+) (==|!=) "([^"\\]*)"', part).groups()
            if (entity.get(name) == value) != (operator == "=="):
                return False
        return True

    def answer(self, method, path, query, body):
        need(method == "POST" and path.startswith("/v2/vectordb/"), "path", 404)
        need(body["collectionName"] == "patients", "collection", 404)
        operation, ok = path[len("/v2/vectordb/"):], lambda data: (200, {"code": 0, "data": data})
        if operation == "collections/create":
            need(body["schema"]["enabledDynamicField"] is True and body["schema"]["autoId"] is False, "schema")
            self.schema = [{"name": f["fieldName"], "type": f["dataType"], "primaryKey": f.get("isPrimary", False),
                            "params": [{"key": k, "value": v} for k, v in f["elementTypeParams"].items()]}
                           for f in body["schema"]["fields"]]
            need(body["indexParams"][0]["metricType"] in ("IP", "COSINE", "L2"), "metric")
            return ok({})
        need(self.schema is not None, "collection not found", 404)
        if operation == "collections/describe":
            return ok({"collectionName": "patients", "fields": self.schema, "enableDynamicField": True})
        if operation == "entities/upsert":
            for entity in body["data"]:
                entity = dict(entity)
                values = vector_of(entity.pop("vector"))
                need(ID.match(entity["row_id"]) and len(entity["row_id"]) <= 64, "row_id")
                self.rows[entity["row_id"]] = (values, flat(entity))
            return ok({"upsertCount": len(body["data"]), "upsertIds": [e["row_id"] for e in body["data"]]})
        if operation == "entities/query":
            need(body["outputFields"] == ["count(*)"], "fields")
            return ok([{"count(*)": sum(self.matches(body["filter"], m) for _, m in self.rows.values())}])
        if operation == "entities/get":
            return ok([dict(self.rows[i][1], vector=self.rows[i][0]) for i in body["id"] if i in self.rows])
        if operation == "entities/delete":
            self.rows = {i: r for i, r in self.rows.items() if not self.matches(body["filter"], r[1])}
            return ok({})
        raise Refused(404, "path")

    def get(self, row_id):
        return self.rows.get(row_id)


def pinecone_definition():
    shared = os.environ.get("LETHE_SHARED") or os.path.join(os.path.dirname(__file__), "../../../shared")
    path = os.path.join(shared, "data/vector/pinecone_db_data_2025-10.oas.yaml")
    try:
        return Definition(path)
    except (OSError, ImportError):
        print("Pinecone's published definition, jsonschema or PyYAML is not there: its requests are checked by hand only")
        return None
