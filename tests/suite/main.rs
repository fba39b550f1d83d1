//! Everything that runs the same natively and in WebAssembly. One binary, as each costs a link of
//! the whole engine.

mod backbones;
mod choice;
#[cfg(all(feature = "data", not(target_family = "wasm")))]
mod cifar10;
#[cfg(unix)]
mod damage;
#[cfg(all(feature = "data", not(target_family = "wasm")))]
mod data;
mod doors;
mod explain;
mod export;
mod external;
mod fitter;
mod fixtures;
mod fourier;
mod framing;
mod golden;
mod heads;
mod laws;
mod layers;
mod mahalanobis;
mod malformed;
mod metrics;
mod monitor;
mod numerics;
#[cfg(all(feature = "data", not(target_family = "wasm")))]
mod on_paper;
mod parts;
mod pictures;
mod prediction_sets;
mod presets;
mod profile;
#[cfg_attr(not(unix), allow(dead_code))]
mod protobuf;
mod reference;
mod rewrite;
mod scorer;
#[cfg(all(feature = "data", not(target_family = "wasm")))]
mod shown;
#[cfg(unix)]
mod sweep;
mod teach;
#[cfg(not(target_family = "wasm"))]
mod threads;
mod zoo;
