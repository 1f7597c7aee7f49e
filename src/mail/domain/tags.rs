//! Lists of tags: `v=DMARC1; p=none`, as DMARC and DKIM write them.

/// The tags of a record in their order: names in lower case, values without the spaces around them. What has no `=` is left out.
pub fn tags(record: &str) -> Vec<(String, String)> {
    let pairs = record.split(';').filter_map(|tag| tag.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned())).collect()
}

/// The value of the first tag with this name.
pub fn tag<'a>(tags: &'a [(String, String)], name: &str) -> Option<&'a str> {
    tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Whether the first tag says this version, as both standards demand.
pub fn begins_with_version(tags: &[(String, String)], version: &str) -> bool {
    tags.first().is_some_and(|(name, value)| name == "v" && value == version)
}
