//! Bytes that are read from disk on demand.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Mutex;

/// The rest of a file after its header, read in parts. Consecutive parts come from one buffer.
#[derive(Debug)]
pub(super) struct Stored {
    length: usize,
    reader: Mutex<Reader>,
}

#[derive(Debug)]
struct Reader {
    file: BufReader<File>,
    /// Length of the header in bytes.
    header: u64,
    /// Position of the next byte after the header; `None` if it is not known.
    position: Option<usize>,
}

impl Stored {
    /// Everything after the first `header` bytes of a file.
    pub(super) fn after(header: u64, file: File) -> std::io::Result<Self> {
        let length = file.metadata()?.len().saturating_sub(header) as usize;
        let file = BufReader::with_capacity(1 << 16, file);
        Ok(Self { length, reader: Mutex::new(Reader { file, header, position: None }) })
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The bytes in a range; `None` if the file has become shorter or cannot be read.
    pub(super) fn read(&self, range: Range<usize>) -> Option<Vec<u8>> {
        self.reader.lock().ok()?.read(range).ok()
    }
}

impl Reader {
    fn read(&mut self, range: Range<usize>) -> std::io::Result<Vec<u8>> {
        // After an error the position is not known.
        match self.position.take() {
            Some(position) => self.file.seek_relative(range.start as i64 - position as i64)?,
            None => drop(self.file.seek(SeekFrom::Start(self.header + range.start as u64))?),
        }
        let mut bytes = vec![0; range.len()];
        self.file.read_exact(&mut bytes)?;
        self.position = Some(range.end);
        Ok(bytes)
    }
}
