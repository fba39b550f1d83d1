//! Everything that runs the same natively and in WebAssembly. One binary, as each costs a link of the whole engine.

mod fixtures;
mod golden;
mod laws;
mod malformed;
mod metrics;
mod pictures;
mod presets;
mod reference;
