//! The words of the way out, in the language of the campaign.

use crate::outreach::sequences::closing::Language;

/// How far a person's wish goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No more mails from the workspace.
    Workspace,
    /// No more mails of this campaign.
    Campaign,
}

/// All texts of the page, in one language.
#[derive(Debug)]
pub struct Texts {
    /// As in `<html lang>`.
    pub code: &'static str,
    pub title: &'static str,
    /// Asks about mails from `{sender}` to `{address}`.
    question: &'static str,
    /// The same without names.
    pub open_question: &'static str,
    everything: &'static str,
    pub only_this: &'static str,
    pub stop: &'static str,
    done: &'static str,
    done_campaign: &'static str,
    /// The same without names.
    pub open_done: &'static str,
    pub undo: &'static str,
    undone: &'static str,
    pub too_late: &'static str,
    pub test: &'static str,
    pub too_many: &'static str,
    /// Leads to the page on which a person objects to every sender of this server.
    pub everyone: &'static str,
}

impl Texts {
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &ENGLISH,
            Language::De => &GERMAN,
            Language::Fr => &FRENCH,
            Language::Es => &SPANISH,
        }
    }

    pub fn question(&self, sender: &str, address: &str) -> String {
        // The sender comes last: a name cannot put words in place of the address.
        named(&self.question.replace("{address}", address), sender)
    }

    pub fn everything(&self, sender: &str) -> String {
        named(self.everything, sender)
    }

    pub fn done(&self, scope: Scope, sender: &str) -> String {
        let text = match scope {
            Scope::Workspace => self.done,
            Scope::Campaign => self.done_campaign,
        };
        named(text, sender)
    }

    pub fn undone(&self, sender: &str) -> String {
        named(self.undone, sender)
    }
}

fn named(text: &str, sender: &str) -> String {
    text.replace("{sender}", sender)
}

static ENGLISH: Texts = Texts {
    code: "en",
    title: "Stop these mails",
    question: "Stop mails from {sender} to {address}?",
    open_question: "Stop these mails?",
    everything: "All mails from {sender}",
    only_this: "Only this series of mails",
    stop: "Stop these mails",
    done: "Done. You will get no more mails from {sender}.",
    done_campaign: "Done. You will get no more mails of this series from {sender}.",
    open_done: "Done. You will get no more of these mails.",
    undo: "I did this by mistake",
    undone: "This is undone: {sender} may write to you again.",
    too_late: "This can no longer be undone here. Reply to the last mail if you want to hear from them again.",
    test: "This was a test mail. There is nothing to stop.",
    too_many: "Too many attempts. Try again in an hour.",
    everyone: "Stop mails from everyone on this server",
};

static GERMAN: Texts = Texts {
    code: "de",
    title: "Diese E-Mails abbestellen",
    question: "E-Mails von {sender} an {address} abbestellen?",
    open_question: "Diese E-Mails abbestellen?",
    everything: "Alle E-Mails von {sender}",
    only_this: "Nur diese Reihe von E-Mails",
    stop: "Abbestellen",
    done: "Erledigt. Sie erhalten keine E-Mails mehr von {sender}.",
    done_campaign: "Erledigt. Sie erhalten keine E-Mails dieser Reihe mehr von {sender}.",
    open_done: "Erledigt. Sie erhalten diese E-Mails nicht mehr.",
    undo: "Das war ein Versehen",
    undone: "Rückgängig gemacht: {sender} darf Ihnen wieder schreiben.",
    too_late: "Hier kann das nicht mehr rückgängig gemacht werden. Antworten Sie auf die letzte E-Mail, wenn Sie wieder welche erhalten möchten.",
    test: "Das war eine Test-E-Mail. Es gibt nichts abzubestellen.",
    too_many: "Zu viele Versuche. Versuchen Sie es in einer Stunde noch einmal.",
    everyone: "E-Mails von allen auf diesem Server abbestellen",
};

static FRENCH: Texts = Texts {
    code: "fr",
    title: "Ne plus recevoir ces e-mails",
    question: "Ne plus recevoir d’e-mails de {sender} à l’adresse {address} ?",
    open_question: "Ne plus recevoir ces e-mails ?",
    everything: "Tous les e-mails de {sender}",
    only_this: "Seulement cette série d’e-mails",
    stop: "Ne plus recevoir ces e-mails",
    done: "C’est fait. Vous ne recevrez plus d’e-mails de {sender}.",
    done_campaign: "C’est fait. Vous ne recevrez plus d’e-mails de cette série de {sender}.",
    open_done: "C’est fait. Vous ne recevrez plus ces e-mails.",
    undo: "C’était une erreur",
    undone: "C’est annulé : {sender} peut à nouveau vous écrire.",
    too_late: "Il n’est plus possible d’annuler ici. Répondez au dernier e-mail si vous souhaitez en recevoir à nouveau.",
    test: "C’était un e-mail de test. Il n’y a rien à arrêter.",
    too_many: "Trop d’essais. Réessayez dans une heure.",
    everyone: "Ne plus recevoir d’e-mails de personne sur ce serveur",
};

static SPANISH: Texts = Texts {
    code: "es",
    title: "Dejar de recibir estos correos",
    question: "¿Dejar de recibir correos de {sender} en {address}?",
    open_question: "¿Dejar de recibir estos correos?",
    everything: "Todos los correos de {sender}",
    only_this: "Solo esta serie de correos",
    stop: "Dejar de recibirlos",
    done: "Hecho. No recibirá más correos de {sender}.",
    done_campaign: "Hecho. No recibirá más correos de esta serie de {sender}.",
    open_done: "Hecho. No recibirá más estos correos.",
    undo: "Fue un error",
    undone: "Deshecho: {sender} puede volver a escribirle.",
    too_late: "Aquí ya no se puede deshacer. Responda al último correo si quiere volver a recibirlos.",
    test: "Era un correo de prueba. No hay nada que detener.",
    too_many: "Demasiados intentos. Inténtelo de nuevo en una hora.",
    everyone: "Dejar de recibir correos de todos en este servidor",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_names_the_sender_and_the_address_where_they_belong() {
        for language in [Language::En, Language::De, Language::Fr, Language::Es] {
            let texts = Texts::of(language);
            let question = texts.question("Acme", "u••@corp.example");
            assert!(question.contains("Acme") && question.contains("u••@corp.example"), "{question}");
            for text in [
                texts.everything("Acme"),
                texts.done(Scope::Workspace, "Acme"),
                texts.done(Scope::Campaign, "Acme"),
                texts.undone("Acme"),
            ] {
                assert!(text.contains("Acme"), "{text}");
            }
            for text in
                [question.as_str(), texts.open_question, texts.open_done, texts.too_late, texts.test, texts.everyone]
            {
                assert!(!text.contains(['{', '}']), "{text}");
            }
            assert_ne!(texts.done(Scope::Workspace, "Acme"), texts.done(Scope::Campaign, "Acme"));
        }
    }
}
