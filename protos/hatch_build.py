"""Generates the Python modules, their stubs and the descriptor set whenever this package is installed."""

import shutil
import sys
import tempfile
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
GEN = ROOT / "gen"
DESCRIPTORS = GEN / "ambulo" / "descriptors.binpb"


def generate() -> None:
    protoc = import_module("grpc_tools.protoc")
    building = ROOT / "gen.building"
    shutil.rmtree(building, ignore_errors=True)
    (building / "ambulo").mkdir(parents=True)
    includes = [str(ROOT), str(resources.files("grpc_tools") / "_proto"), _googleapis()]
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "ambulo").rglob("*.proto"))
    rules = building / "buf_validate.binpb"
    rules.write_bytes(_validate_descriptors())
    code = protoc.main(
        [
            "protoc",
            *(f"--proto_path={include}" for include in includes),
            f"--descriptor_set_in={rules}",
            f"--python_out={building}",
            f"--mypy_out=quiet:{building}",
            f"--plugin=protoc-gen-mypy={Path(sys.executable).parent / 'protoc-gen-mypy'}",
            f"--descriptor_set_out={building / 'ambulo' / 'descriptors.binpb'}",
            "--include_source_info",
            "--include_imports",
            "buf/validate/validate.proto",
            *sources,
        ]
    )
    if code != 0:
        raise SystemExit(f"protoc failed with {code}")
    rules.unlink()
    (building / "ambulo" / "py.typed").touch()
    shutil.rmtree(GEN, ignore_errors=True)
    building.rename(GEN)


def image(folder: Path) -> bytes:
    """The descriptor set of the protos of a folder, with their imports: what a breaking-change check compares."""
    protoc = import_module("grpc_tools.protoc")
    with tempfile.TemporaryDirectory() as scratch:
        rules, out = Path(scratch) / "buf_validate.binpb", Path(scratch) / "image.binpb"
        rules.write_bytes(_validate_descriptors())
        includes = [str(folder), str(resources.files("grpc_tools") / "_proto"), _googleapis()]
        sources = sorted(str(path.relative_to(folder)) for path in (folder / "ambulo").rglob("*.proto"))
        paths = [f"--proto_path={include}" for include in includes]
        arguments = [
            "protoc",
            *paths,
            f"--descriptor_set_in={rules}",
            f"--descriptor_set_out={out}",
            "--include_imports",
        ]
        if protoc.main([*arguments, *sources]) != 0:
            raise SystemExit("protoc failed")
        return out.read_bytes()


def _googleapis() -> str:
    """The folder that holds google/api/annotations.proto and its kin."""
    return str(Path(next(iter(import_module("google.api").__path__))).parents[1])


def _validate_descriptors() -> bytes:
    """buf/validate/validate.proto, taken from the library that enforces it, so that the two cannot differ."""
    from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2

    validate = import_module("protovalidate._gen.buf.validate.validate_pb")
    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        files.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
    files.file.add().ParseFromString(validate.desc().proto.to_binary())
    return files.SerializeToString()


class Protos(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        generate()


if __name__ == "__main__":
    generate()
