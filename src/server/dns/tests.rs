use super::{
    silence::SILENT_MAX,
    testing::{Zones, name_server},
    *,
};

#[tokio::test]
async fn a_domain_takes_mail_by_its_mx_or_its_address_and_may_say_that_it_takes_none() {
    let dns = name_server().await;
    let mut told = Vec::new();
    for domain in ["mx.example", "address.example", "null.example", "nowhere.example"] {
        told.push(dns.takes_mail(domain).await);
    }
    assert_eq!(told, [TakesMail::Yes, TakesMail::Yes, TakesMail::No, TakesMail::No]);
    assert_eq!(Dns::OFF.takes_mail("mx.example").await, TakesMail::Unknown);
}

#[tokio::test]
async fn while_no_server_answers_no_page_waits() {
    let names: Vec<String> = (0..SILENT_MAX).map(|number| format!("silent{number}.example")).collect();
    let zones = names.iter().fold(Zones::default(), |zones, name| zones.silent(name));
    let dns = zones.mail_host("mx.example", 10, "mail.mx.example").serve().await;
    for name in &names {
        assert_eq!(dns.takes_mail(name).await, TakesMail::Unknown);
    }
    assert!(!dns.0.as_ref().unwrap().silence.asks("mx.example"));
    assert_eq!(dns.takes_mail("mx.example").await, TakesMail::Unknown, "its server would answer");
}

#[tokio::test]
async fn broken_domains_do_not_keep_others_from_being_asked_and_are_not_asked_again_at_once() {
    let names: Vec<String> = (0..SILENT_MAX + 3).map(|number| format!("broken{number}.example")).collect();
    let zones = names
        .iter()
        .enumerate()
        .fold(Zones::default(), |zones, (number, name)| zones.fails(name, if number % 2 == 0 { 2 } else { 5 }));
    let dns = zones.mail_host("mx.example", 10, "mail.mx.example").serve().await;
    for name in &names {
        assert_eq!(dns.takes_mail(name).await, TakesMail::Unknown);
    }
    assert_eq!(dns.takes_mail("mx.example").await, TakesMail::Yes);
    assert!(!dns.0.as_ref().unwrap().silence.asks("broken0.example"));
    assert_eq!(dns.takes_mail("Broken0.example.").await, TakesMail::Unknown);
}

#[tokio::test]
async fn records_are_read_as_they_were_published() {
    let long = format!("v=DKIM1; p={}", "A".repeat(400));
    let zones = Zones::default()
        .text("s1._domainkey.acme.example", &long)
        .text("under_score.acme.example", "v=spf1 -all")
        .mail_host("acme.example", 20, "mx2.acme.example")
        .mail_host("acme.example", 10, "MX1.acme.example")
        .address("acme.example", "192.0.2.1")
        .address("acme.example", "2001:db8::1");
    let dns = zones.serve().await;
    assert_eq!(dns.texts("s1._domainkey.acme.example").await, Answer::Found(vec![long]));
    assert_eq!(dns.texts("under_score.acme.example").await, Answer::Found(vec!["v=spf1 -all".into()]));
    assert_eq!(dns.texts("_domainkey.acme.example").await, Answer::None);
    assert_eq!(dns.texts("acme.example.").await, Answer::None);
    assert_eq!(dns.texts("_dmarc.acme.example").await, Answer::NoDomain);
    assert_eq!(dns.texts(&"a".repeat(64)).await, Answer::NoDomain);
    let hosts: Vec<String> = dns.mail_hosts("ACME.example").await.records().iter().map(|mx| mx.host.clone()).collect();
    assert_eq!(hosts, ["mx1.acme.example", "mx2.acme.example"]);
    let addresses = dns.addresses("acme.example").await;
    assert_eq!(addresses.records(), ["192.0.2.1".parse::<IpAddr>().unwrap(), "2001:db8::1".parse().unwrap()]);
}

#[test]
fn the_systems_servers_are_read() {
    let text = "# comment\nsearch lan\nnameserver 192.0.2.53\nnameserver  2001:db8::53\nnameserver x\n";
    assert_eq!(named_by(text), ["192.0.2.53:53".parse().unwrap(), "[2001:db8::53]:53".parse().unwrap()]);
}

#[tokio::test]
async fn a_record_is_seen_when_it_is_published_and_where_mail_goes_is_kept() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (socket.local_addr().unwrap(), Arc::new(std::sync::atomic::AtomicUsize::new(0)));
    let count = asked.clone();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question).await {
            // The first answer says that there is nothing, the later ones have a record.
            let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let zones = Zones::default().mail_host("acme.example", 10, "mx.acme.example");
            let zones = if number == 0 { zones } else { zones.text("acme.example", "v=spf1 -all") };
            let _ = socket.send_to(&zones.answer_to(&question[..length]).unwrap(), from).await;
        }
    });
    let dns = Dns::configured(DnsServer::At(address));
    assert_eq!(dns.texts("acme.example").await, Answer::None);
    assert_eq!(dns.texts("acme.example").await, Answer::Found(vec!["v=spf1 -all".into()]));
    for _ in 0..3 {
        assert_eq!(dns.takes_mail("acme.example").await, TakesMail::Yes);
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 3);
    assert_eq!(dns.known_mail_host("acme.example").as_deref(), Some("mx.acme.example"));
    assert_eq!(dns.known_mail_host("other.example"), None);
}
