//! Keeps a token, renews it ahead of its end, and sees to it that one exchange is under way at a time. No client.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex as Turn, time::Instant};

use crate::arm::TokenError;

/// A token is not given any more when so little of its life is left: a request takes time.
const MARGIN: Duration = Duration::from_mins(1);
/// Refusals by a backend lead to no more than one exchange in this time. So a token that was refused because what it
/// stands for was new, or had just changed, is replaced at once; a backend that refuses the next one too does not want
/// any.
const BETWEEN_REPLACEMENTS: Duration = Duration::from_mins(1);
/// How long a refusal is told again without asking again: many connectors sign in by one credential.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(30);
/// The same after a failure of which nobody said how long it lasts.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// A token as it was given.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) token: SecretString,
    /// How long it is good for.
    pub(super) expires_in: Duration,
    /// After how long whoever gave it wishes it to be renewed.
    pub(super) refresh_in: Option<Duration>,
}

/// A token that is kept.
#[derive(Default)]
pub(super) struct Cache {
    state: Mutex<State>,
    turn: Turn<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failed: Option<(TokenError, Instant)>,
    /// When a token was dropped last because a backend refused it.
    dropped: Option<Instant>,
}

struct Held {
    token: SecretString,
    renew: Instant,
    end: Instant,
}

/// What is known without asking anybody.
enum Look {
    /// Good for a while.
    Fresh(SecretString),
    /// Good, and to be renewed.
    Ageing(SecretString),
    /// None, and whoever was asked a moment ago gave none.
    Failed(TokenError),
    Absent,
}

impl Cache {
    /// The token that is kept, or one that `give` gives. While it is renewed ahead of its end the old one is given to
    /// all but the one who renews it, and stays where that fails.
    pub(super) async fn token<F>(&self, give: impl Fn() -> F) -> Result<SecretString, TokenError>
    where
        F: Future<Output = Result<Given, TokenError>>,
    {
        match self.look() {
            Look::Fresh(token) => return Ok(token),
            Look::Failed(error) => return Err(error),
            Look::Ageing(token) => {
                let Ok(_turn) = self.turn.try_lock() else {
                    return Ok(token);
                };
                return match self.look() {
                    Look::Fresh(token) => Ok(token),
                    Look::Ageing(_) | Look::Failed(_) | Look::Absent => {
                        Ok(self.exchange(&give).await.unwrap_or(token))
                    }
                };
            }
            Look::Absent => {}
        }
        let _turn = self.turn.lock().await;
        // The exchange that was waited for has ended, well or not.
        match self.look() {
            Look::Fresh(token) | Look::Ageing(token) => Ok(token),
            Look::Failed(error) => Err(error),
            Look::Absent => self.exchange(&give).await,
        }
    }

    /// The backend refused `token`: the next one who asks gets another, unless that was tried a moment ago.
    pub(super) fn refused(&self, token: &SecretString) {
        let mut state = self.state();
        let is_held = |held: &Held| held.token.expose_secret() == token.expose_secret();
        let may_drop = state
            .dropped
            .is_none_or(|dropped| dropped.elapsed() >= BETWEEN_REPLACEMENTS);
        if may_drop && state.held.as_ref().is_some_and(is_held) {
            (state.held, state.dropped) = (None, Some(Instant::now()));
        }
    }

    fn look(&self) -> Look {
        let now = Instant::now();
        let mut state = self.state();
        if state.failed.as_ref().is_some_and(|(_, until)| *until <= now) {
            state.failed = None;
        }
        let failed = state.failed.as_ref().map(|(error, _)| error.clone());
        match (&state.held, failed) {
            (Some(held), None) if held.renew <= now && now < held.end => Look::Ageing(held.token.clone()),
            (Some(held), _) if now < held.end => Look::Fresh(held.token.clone()),
            (_, Some(error)) => Look::Failed(error),
            (_, None) => Look::Absent,
        }
    }

    async fn exchange<F>(&self, give: &impl Fn() -> F) -> Result<SecretString, TokenError>
    where
        F: Future<Output = Result<Given, TokenError>>,
    {
        // Its life began before it arrived.
        let since = Instant::now();
        let given = give().await;
        let mut state = self.state();
        match given {
            Ok(given) => {
                let held = Held::new(given, since);
                let token = held.token.clone();
                (state.held, state.failed) = (Some(held), None);
                Ok(token)
            }
            Err(error) => {
                state.failed = Some((error.clone(), Instant::now() + pause_after(&error)));
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn new(given: Given, since: Instant) -> Self {
        let Given {
            token,
            expires_in,
            refresh_in,
        } = given;
        let life = expires_in.saturating_sub(MARGIN.min(expires_in / 10));
        let fresh = refresh_in.unwrap_or(expires_in / 5 * 4).min(life);
        Self {
            token,
            renew: since + fresh,
            end: since + life,
        }
    }
}

fn pause_after(error: &TokenError) -> Duration {
    match error {
        TokenError::Refused(_) | TokenError::Empty | TokenError::Unprintable | TokenError::TooLong => {
            PAUSE_AFTER_REFUSAL
        }
        TokenError::Missing(_) | TokenError::NotPermitted(_) => PAUSE_AFTER_FAILURE,
        TokenError::Unavailable { retry_after, .. } => retry_after.unwrap_or(PAUSE_AFTER_FAILURE),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::future::join_all;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Gives `token-1`, `token-2` … or fails, after a second.
    #[derive(Default)]
    struct Giver {
        asked: AtomicU32,
        failing: Mutex<Option<TokenError>>,
        refresh_in: Option<Duration>,
    }

    impl Giver {
        async fn give(&self) -> Result<Given, TokenError> {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
            match self.failing.lock().unwrap().clone() {
                Some(error) => Err(error),
                None => Ok(Given {
                    token: format!("token-{asked}").into(),
                    expires_in: HOUR,
                    refresh_in: self.refresh_in,
                }),
            }
        }

        fn fail(&self, error: Option<TokenError>) {
            *self.failing.lock().unwrap() = error;
        }

        fn asked(&self) -> u32 {
            self.asked.load(Ordering::SeqCst)
        }
    }

    async fn token(cache: &Cache, giver: &Giver) -> Result<String, TokenError> {
        let token = cache.token(|| giver.give()).await;
        token.map(|token| token.expose_secret().to_owned())
    }

    async fn later(by: Duration) {
        tokio::time::advance(by).await;
    }

    fn down() -> TokenError {
        TokenError::Unavailable {
            message: "down".to_owned(),
            retry_after: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_wait_for_one_exchange() {
        let (cache, giver) = (Cache::default(), Giver::default());
        let tokens = join_all((0..50).map(|_| token(&cache, &giver))).await;
        assert!(tokens.iter().all(|token| token.as_deref() == Ok("token-1")));
        assert_eq!(giver.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_are_told_of_one_failure() {
        let (cache, giver) = (Cache::default(), Giver::default());
        giver.fail(Some(TokenError::Refused("no".to_owned())));
        let tokens = join_all((0..50).map(|_| token(&cache, &giver))).await;
        assert!(
            tokens
                .iter()
                .all(|token| *token == Err(TokenError::Refused("no".to_owned())))
        );
        assert_eq!(giver.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_ahead_of_its_end_by_one_while_the_others_use_it() {
        let (cache, giver) = (Cache::default(), Giver::default());
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-1");
        later(Duration::from_mins(47)).await;
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-1");
        later(Duration::from_mins(2)).await;
        let tokens = join_all((0..3).map(|_| token(&cache, &giver))).await;
        let tokens: Vec<_> = tokens.into_iter().map(Result::unwrap).collect();
        assert_eq!(tokens, ["token-2", "token-1", "token-1"]);
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
        assert_eq!(giver.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_a_token_may_say_when_to_renew_it() {
        let cache = Cache::default();
        let giver = Giver {
            refresh_in: Some(Duration::from_mins(10)),
            ..Giver::default()
        };
        token(&cache, &giver).await.unwrap();
        later(Duration::from_mins(11)).await;
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_serves_to_its_end_where_it_cannot_be_renewed() {
        let (cache, giver) = (Cache::default(), Giver::default());
        token(&cache, &giver).await.unwrap();
        giver.fail(Some(down()));
        later(Duration::from_mins(50)).await;
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-1");
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-1");
        assert_eq!(giver.asked(), 2, "not asked again at once");
        later(Duration::from_mins(9)).await;
        assert_eq!(token(&cache, &giver).await, Err(down()));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_nobody_is_asked_for_as_long_as_it_was_wished() {
        let (cache, giver) = (Cache::default(), Giver::default());
        let busy = TokenError::Unavailable {
            message: "busy".to_owned(),
            retry_after: Some(Duration::from_secs(40)),
        };
        giver.fail(Some(busy.clone()));
        assert_eq!(token(&cache, &giver).await, Err(busy.clone()));
        giver.fail(None);
        later(Duration::from_secs(38)).await;
        assert_eq!(token(&cache, &giver).await, Err(busy));
        later(Duration::from_secs(3)).await;
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_replaced_at_once_however_new_but_not_again_and_again() {
        let (cache, giver) = (Cache::default(), Giver::default());
        token(&cache, &giver).await.unwrap();
        cache.refused(&"token-1".into());
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
        later(BETWEEN_REPLACEMENTS.saturating_sub(Duration::from_secs(2))).await;
        cache.refused(&"token-2".into());
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
        later(Duration::from_secs(2)).await;
        cache.refused(&"another".into());
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
        cache.refused(&"token-2".into());
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-3");
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_that_is_given_up_leaves_its_turn_to_the_next() {
        let (cache, giver) = (Cache::default(), Giver::default());
        let given_up = tokio::time::timeout(Duration::from_millis(500), token(&cache, &giver)).await;
        assert!(given_up.is_err());
        assert_eq!(token(&cache, &giver).await.unwrap(), "token-2");
    }
}
