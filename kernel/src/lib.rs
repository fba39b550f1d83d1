//! A product of matrices for tract in WebAssembly.
//!
//! tract's own kernel holds a tile of 8 rows and 8 columns, sixteen vectors. Where WebAssembly has 128-bit vectors, processors have
//! sixteen registers for them, and an engine keeps some for itself: with two vectors of columns and one of a row's factor beside
//! the tile, most of it lives in memory. This kernel has the same tile and the same packing, and goes over the columns twice, with
//! half of the rows each time, so that all that it works on stays in registers.
//!
//! It is the one place in the project with `unsafe` code: a kernel is given pointers.

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
mod gemm;

/// Makes the linker keep the kernel, which the engine finds by itself.
pub fn keep() {
    #[cfg(all(target_family = "wasm", target_feature = "simd128"))]
    std::hint::black_box(gemm::gemm as *const ());
}
