//! Generates the JavaScript of a WebAssembly, like the command `wasm-bindgen`, which takes eight
//! times as long to compile because it includes a server for tests.
//!
//!     bindgen FILE FOLDER NAME     writes NAME.js, NAME.d.ts and NAME_bg.wasm

use anyhow::{Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [file, folder, name] = arguments.as_slice() else {
        return Err(anyhow!("bindgen takes a file, a folder and a name"));
    };
    Bindgen::new()
        .input_path(file)
        .out_name(name)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .reset_state_function(true)
        .generate(folder)
}
