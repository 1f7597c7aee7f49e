//! The file: appended to by whole lines, under a lock, and durable before anything relies on it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The end of the file in which the last page is looked for, in bytes: more than a page has.
const END_BYTES: u64 = 1 << 20;

#[derive(Debug, Clone)]
pub struct File(Arc<PathBuf>);

impl File {
    pub fn new(path: PathBuf) -> Self {
        Self(Arc::new(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the file and its folder where they are missing, durably.
    pub async fn prepare(&self) -> io::Result<()> {
        self.blocking(|path| {
            let folder = folder_of(path);
            fs::create_dir_all(folder)?;
            let is_new = !path.exists();
            OpenOptions::new().create(true).append(true).open(path)?;
            if is_new { fs::File::open(folder)?.sync_all() } else { Ok(()) }
        })
        .await
    }

    /// Appends a line and waits until it is on the disk. What a write before it left unfinished becomes a line of its own.
    pub async fn append(&self, line: String) -> io::Result<()> {
        self.blocking(move |path| {
            let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
            // Several processes may write into one file.
            file.lock()?;
            let text = if ends_in_a_line(&mut file)? { line } else { format!("\n{line}") };
            file.write_all(text.as_bytes())?;
            file.sync_data()
        })
        .await
    }

    /// The last lines; what begins before them is cut. Nothing when there is no file.
    pub async fn end(&self) -> io::Result<String> {
        self.blocking(|path| read_from(path, |length| length.saturating_sub(END_BYTES))).await
    }

    /// Everything. Nothing when there is no file.
    pub async fn all(&self) -> io::Result<String> {
        self.blocking(|path| read_from(path, |_| 0)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let path = self.0.clone();
        tokio::task::spawn_blocking(move || work(&path)).await.map_err(io::Error::other)?
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn ends_in_a_line(file: &mut fs::File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn read_from(path: &Path, start: impl FnOnce(u64) -> u64) -> io::Result<String> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(start(file.metadata()?.len())))?;
    let mut bytes = Vec::new();
    io::copy(&mut file, &mut bytes)?;
    // What is no text was damaged; its line fails the check of its signature.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
