"""Read and write TFLite files, and convert between TFLite and ONNX."""
