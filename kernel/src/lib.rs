//! What takes most of the time of a score: of the network, convolutions ([`conv`]), fully connected
//! layers ([`Linear`]) and max pooling, and in WebAssembly matrix products for tract; of the
//! verdict, sums over vectors ([`dot`]).
//!
//! tract's own matrix kernel holds a tile of 8 rows and 8 columns, sixteen vectors. Processors have
//! sixteen registers for WebAssembly's 128-bit vectors, and a WebAssembly engine keeps some for
//! itself. With two vectors of columns and one row factor beside the tile, most of the tile lives
//! in memory. This kernel has the same tile and the same packing, and goes over the columns twice,
//! with half of the rows each time, so that all its values stay in registers.
//!
//! This is the only crate of the project with `unsafe` code: the engine hands its kernels pointers,
//! and the processor's vectors are chosen when the program runs.

#[cfg(feature = "engine")]
pub mod conv;
#[cfg(feature = "engine")]
mod finish;
#[cfg(all(feature = "engine", target_family = "wasm", target_feature = "simd128"))]
mod gemm;
#[cfg(feature = "engine")]
mod linear;
#[cfg(feature = "engine")]
mod max_pool;
#[cfg(all(test, feature = "engine"))]
mod numbers;
#[cfg(feature = "engine")]
mod panels;
mod sums;
#[cfg(feature = "engine")]
mod vector;
#[cfg(feature = "engine")]
mod written;

#[cfg(feature = "engine")]
pub use self::finish::Finish;
#[cfg(feature = "engine")]
pub use self::linear::Linear;
#[cfg(feature = "engine")]
pub use self::max_pool::MaxPool;
pub use self::sums::{are_finite, dot, squared_distance, total, widened};

/// Runs the constructors that register the engine's kernels, and this one. Call it before the first
/// model is read.
///
/// On `wasm32-unknown-unknown` nobody else runs them. If nothing calls the linker's list of
/// constructors, the linker makes every exported function run the whole list first: a hundred calls
/// before each allocation that JavaScript asks for. WASI and Emscripten run constructors at start,
/// and running them twice would register everything twice.
#[cfg(all(feature = "engine", target_family = "wasm"))]
pub fn register() {
    #[cfg(target_os = "unknown")]
    {
        unsafe extern "C" {
            safe fn __wasm_call_ctors();
        }
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| __wasm_call_ctors());
    }
    // The linker drops a kernel that nothing mentions, and its constructor with it.
    #[cfg(target_feature = "simd128")]
    std::hint::black_box(gemm::gemm as *const ());
}
