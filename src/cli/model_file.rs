//! A model's file, and the files beside it that hold its weights.

use std::path::{Path, PathBuf};

use she_ood::{Error, Limits, external_files, inline_weights};

use super::Result;

/// A model or detector as its file has it, perhaps without its weights.
pub struct ModelFile<'a> {
    path: &'a Path,
    onnx: Vec<u8>,
}

impl<'a> ModelFile<'a> {
    pub fn read(path: &'a Path) -> Result<Self> {
        Ok(Self { path, onnx: super::read(path)? })
    }

    /// The bytes of the file itself.
    pub fn bytes(&self) -> &[u8] {
        &self.onnx
    }

    /// Refuses to write to a file that the model is read from.
    pub fn check_output(&self, output: &Path) -> Result<()> {
        let is_output = |file: &Path| super::is_same_file(file, output);
        let failed = |what: &str| {
            let output = output.display();
            Err(format!("{output}: that is {what}, name another file for the detector").into())
        };
        if is_output(self.path) {
            return failed("the model itself");
        }
        match external_files(&self.onnx)?.iter().any(|name| is_output(&beside(self.path, name))) {
            true => failed("a file with the model's weights"),
            false => Ok(()),
        }
    }

    /// The model as one file.
    pub fn whole(self) -> Result<Vec<u8>> {
        inline_weights(self.onnx, &Limits::default(), |name| read_weights(self.path, name))
    }
}

/// A file in the folder of a model.
fn beside(model: &Path, name: &str) -> PathBuf {
    model.parent().unwrap_or(Path::new("")).join(name)
}

/// Reads a file of weights, if it is one and not larger than a model may be.
fn read_weights(model: &Path, name: &str) -> Result<Vec<u8>> {
    let file = beside(model, name);
    let failed = |reason: &str| {
        let (file, model) = (file.display(), model.display());
        format!("{file}: {reason}: it holds weights of {model}, put it there")
    };
    let found = file.metadata().map_err(|error| failed(&error.to_string()))?;
    if !found.is_file() {
        return Err(failed("it is not a file").into());
    }
    let (given, allowed) = (found.len() as usize, Limits::default().bytes);
    if given > allowed {
        return Err(Error::TooLarge { what: "bytes", given, allowed }.into());
    }
    std::fs::read(&file).map_err(|error| failed(&error.to_string()).into())
}
