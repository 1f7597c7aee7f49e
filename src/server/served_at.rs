//! Where the server of a data folder is reached. Commands that print links run beside it, often without the variables
//! it was started with.

use std::{fs, io};

use url::Url;

use super::config::Config;

/// In the data folder.
const FILE: &str = "public-url";

/// Writes down the address of the server that begins to serve.
///
/// # Errors
/// When the data folder cannot be written.
pub fn remember(config: &Config) -> io::Result<()> {
    fs::write(config.data.join(FILE), config.public_url.as_str())
}

/// The configuration with the address of the server that served its data folder last, unless it says one itself.
pub fn recall(config: Config) -> Config {
    let served_at = || Url::parse(fs::read_to_string(config.data.join(FILE)).ok()?.trim()).ok();
    match served_at().filter(|_| !config.says_address) {
        Some(public_url) => Config { public_url, ..config },
        None => config,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_knows_the_address_of_the_server_unless_it_is_told_another() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let config = |pairs: &[(&str, &str)]| {
            let all = [pairs, &[("FAIRLEAD_DATA", data)]].concat();
            Config::parse(|name| all.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
                .unwrap()
        };
        assert_eq!(recall(config(&[])).public_url.as_str(), "http://127.0.0.1:3000/");
        remember(&config(&[("FAIRLEAD_PUBLIC_URL", "https://leads.example.com")])).unwrap();
        assert_eq!(recall(config(&[])).public_url.as_str(), "https://leads.example.com/");
        let moved = recall(config(&[("FAIRLEAD_LISTEN", "127.0.0.1:4000")]));
        assert_eq!(moved.public_url.as_str(), "http://127.0.0.1:4000/");
    }
}
