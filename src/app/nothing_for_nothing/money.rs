//! Buying, paying back, and what banks do.

use super::{
    book::{Back, Bought, Dispute},
    deed::{Bank, What},
    world::World,
};
use crate::{
    billing::{
        self, BillingError, Order,
        provider::Provider,
        refund::ask_for_refund,
        testing::{News, told},
    },
    server::db::Tx,
};

/// Days in which a member may ask for the money back.
const REFUND_DAYS: u64 = 14;

impl World {
    pub async fn money(&mut self, which: usize, what: &What) {
        let mut tx = self.test.app.db.write().await.unwrap();
        match what {
            What::Buy { package, messages } => self.buy(&mut tx, which, *package, *messages).await,
            What::PayBack { order } => self.pay_back(&mut tx, which, *order).await,
            What::Money { order, news } => self.bank(&mut tx, which, *order, *news).await,
            other => panic!("{other:?} moves no money"),
        }
        tx.commit().await.unwrap();
    }

    async fn buy(&mut self, tx: &mut Tx, which: usize, package: usize, messages: usize) {
        let (key, at, package) = (self.key(), self.now(), self.packages[package].id);
        let workspace = &mut self.workspaces[which];
        let order = billing::place(tx, &workspace.member, &Provider::Embedded, package, &key, at).await.unwrap();
        for message in 0..messages {
            told(tx, order.id, News::Paid, &format!("{key}:{message}"), at).await.unwrap();
        }
        workspace.book.bought.push(Bought::new(order.id, order.credits.get(), order.amount_minor));
    }

    /// The order of this number, as it is, and its place in the book.
    async fn order(&self, tx: &mut Tx, which: usize, order: usize) -> Option<(Order, usize)> {
        let workspace = &self.workspaces[which];
        let index = order.checked_rem(workspace.book.bought.len())?;
        let id = workspace.book.bought[index].id;
        Some((billing::order(tx, workspace.member.workspace, id).await.unwrap().unwrap(), index))
    }

    async fn pay_back(&mut self, tx: &mut Tx, which: usize, order: usize) {
        let (key, at) = (self.key(), self.now());
        let Some((order, index)) = self.order(tx, which, order).await else { return };
        let workspace = &mut self.workspaces[which];
        match ask_for_refund(tx, &workspace.member, &order, &key, REFUND_DAYS, at).await {
            Ok(refund) => {
                let bought = &mut workspace.book.bought[index];
                assert!(bought.share(refund.amount_minor) <= refund.credits.get(), "more money than credits went back");
                bought.back.push(Back { minor: refund.amount_minor, credits: refund.credits.get(), failed: false });
                assert!(bought.returned_minor() <= bought.price_minor, "more money went back than came");
            }
            Err(BillingError::NoRefund(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    async fn bank(&mut self, tx: &mut Tx, which: usize, order: usize, news: Bank) {
        let (key, at) = (self.key(), self.now());
        let Some((order, index)) = self.order(tx, which, order).await else { return };
        let bought = &mut self.workspaces[which].book.bought[index];
        let news = match news {
            Bank::GivenBack { quarters } => {
                let total_minor = bought.price_minor * quarters / 4;
                let minor = total_minor - bought.returned_minor();
                if minor > 0 {
                    bought.back.push(Back { minor, credits: bought.share(minor), failed: false });
                }
                News::GivenBack { total_minor }
            }
            Bank::RefundFailed => {
                if let Some(back) = bought.back.iter_mut().rfind(|back| !back.failed) {
                    back.failed = true;
                }
                News::RefundFailed
            }
            Bank::Disputed => {
                if bought.dispute == Dispute::None {
                    bought.dispute = Dispute::Open;
                }
                News::Disputed
            }
            // What the bank decided stays decided.
            Bank::DisputeWon | Bank::DisputeLost => {
                let (end, news) = match news {
                    Bank::DisputeWon => (Dispute::Won, News::DisputeWon),
                    _ => (Dispute::Lost, News::DisputeLost),
                };
                if matches!(bought.dispute, Dispute::None | Dispute::Open) {
                    bought.dispute = end;
                }
                news
            }
        };
        told(tx, order.id, news, &key, at).await.unwrap();
    }
}
