#!/usr/bin/env python3
"""Reads a NIR export with h5py, computes it and compares its logits with those of a portable bundle.

    npx node src/cli/main.ts models export ecg-beats --out BUNDLE
    npx node src/cli/main.ts models export ecg-beats --out FILE.nir --format nir
    python3 scripts/check-nir.py FILE.nir BUNDLE

Needs h5py and numpy (Debian: python3-h5py). Where the package `nir` is installed, it reads the file too, with
its check of types. Integrate-and-fire nodes are computed as what they stand for, max(0, x). Exit code 1 where a
logit differs by more than 1e-4.
"""
import json
import struct
import sys

import h5py
import numpy as np


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    (header_bytes,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + header_bytes])
    data = content[8 + header_bytes :]
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
    }


def convolve(node, x):
    weight, bias = node["weight"][()], node["bias"][()]
    stride, padding = int(node["stride"][()]), int(node["padding"][()])
    assert node["dilation"][()] == 1 and node["groups"][()] == 1
    assert x.shape == (weight.shape[1], node["input_shape"][()])
    padded = np.pad(x, ((0, 0), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2], axis=1)[:, ::stride]
    return np.einsum("oik,ipk->op", weight, windows) + bias[:, None]


def compute(graph, inputs):
    nodes = graph["nodes"]
    edges = [(a.decode(), b.decode()) for a, b in graph["edges"][()]]
    values = {}

    def value(name):
        if name not in values:
            node = nodes[name]
            kind = node["type"][()].decode()
            if kind == "Input":
                values[name] = inputs[name]
                assert values[name].shape == tuple(node["shape"][()])
            else:
                x = sum(value(source) for source, target in edges if target == name)
                values[name] = {
                    "Conv1d": lambda: convolve(node, x),
                    "Affine": lambda: node["weight"][()] @ x + node["bias"][()],
                    "Linear": lambda: node["weight"][()] @ x,
                    "Flatten": lambda: x.reshape(-1),
                    "IF": lambda: np.maximum(0, node["r"][()] * x / node["v_threshold"][()]),
                    "Output": lambda: x,
                }[kind]()
        return values[name]

    return value("logits")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    nir_path, bundle = sys.argv[1:]
    expected = read_safetensors(f"{bundle}/expected.safetensors")
    with h5py.File(nir_path) as file:
        print(f"h5py {h5py.__version__}: NIR {file['version'][()].decode()}, {len(file['node/nodes'])} nodes")
        logits = np.array(
            [
                compute(file["node"], {"signal": signal, "auxiliary": auxiliary})
                for signal, auxiliary in zip(expected["signals"], expected["auxiliary"])
            ]
        )
    difference = float(np.abs(logits - expected["logits.software"]).max())
    agrees = difference <= 1e-4
    print(f"{len(logits)} items, largest difference {difference:.2e}: {'agrees' if agrees else 'DIFFERS'}")
    try:
        import nir
    except ImportError:
        print("The package nir is not installed; it has not read the file.")
    else:
        graph = nir.read(nir_path)
        kinds = sorted({type(node).__name__ for node in graph.nodes.values()})
        print(f"nir {nir.version}: {len(graph.nodes)} nodes, {len(graph.edges)} edges, types {', '.join(kinds)}")
    sys.exit(0 if agrees else 1)


main()
