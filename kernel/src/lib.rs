//! A product of matrices for tract in WebAssembly.
//!
//! tract's own kernel holds a tile of 8 rows and 8 columns, sixteen vectors. Where WebAssembly has
//! 128-bit vectors, processors have sixteen registers for them, and an engine keeps some for
//! itself: with two vectors of columns and one of a row's factor beside the tile, most of it lives
//! in memory. This kernel has the same tile and the same packing, and goes over the columns twice,
//! with half of the rows each time, so that all that it works on stays in registers.
//!
//! It is the one place in the project with `unsafe` code: a kernel is given pointers.

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
mod gemm;

/// Has all that the engine chooses from enter itself, this kernel too. To be called before the
/// first model is read.
///
/// Where nothing calls the linker's list of such entries, the linker has every exported function go
/// through the list first: a hundred calls before each allocation that JavaScript asks for.
#[cfg(target_family = "wasm")]
pub fn register() {
    unsafe extern "C" {
        safe fn __wasm_call_ctors();
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| __wasm_call_ctors());
    // Without a mention the linker leaves the kernel out, and its entry.
    #[cfg(target_feature = "simd128")]
    std::hint::black_box(gemm::gemm as *const ());
}
