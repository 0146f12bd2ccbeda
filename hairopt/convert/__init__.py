"""Convert networks to other forms: TFLite and ONNX, float16, int8, exact rewrites."""
