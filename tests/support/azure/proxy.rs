//! A proxy that leads to our Azure, to this machine, and nowhere else. Client required.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use super::cloud::{MACHINE, Role};

/// The longest head of a request, in bytes.
const HEAD_LIMIT: usize = 16 << 10;

/// Hosts that were asked for and are none of ours.
pub(super) type Strangers = Arc<Mutex<Vec<String>>>;

/// Where tunnels end.
#[derive(Clone)]
pub(super) struct Routes {
    pub(super) tls: SocketAddr,
    pub(super) plain: SocketAddr,
    pub(super) strangers: Strangers,
}

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, routes: Routes) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let routes = routes.clone();
        // Whoever breaks a connection sees that itself.
        tokio::spawn(async move { drop(passed(stream, &routes).await) });
    }
}

async fn passed(mut stream: TcpStream, routes: &Routes) -> io::Result<()> {
    let (head, rest) = head(&mut stream).await?;
    let first = head.lines().next().unwrap_or_default();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (address, before) = if method == "CONNECT" {
        (routes.tunnel(target), Vec::new())
    } else {
        // The whole URL stands in the first line; servers take that as well.
        (routes.plain(target), head.clone().into_bytes())
    };
    let Some(address) = address else {
        routes.strangers.lock().unwrap().push(target.to_owned());
        let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return stream.write_all(refused.as_bytes()).await;
    };
    let mut server = TcpStream::connect(address).await?;
    if method == "CONNECT" {
        stream
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await?;
    }
    server.write_all(&before).await?;
    server.write_all(&rest).await?;
    copy_bidirectional(&mut stream, &mut server).await.map(drop)
}

/// The head of the first request with the empty line behind it, and what was read beyond.
async fn head(stream: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&read).into_owned(), rest));
        }
        if read.len() > HEAD_LIMIT || stream.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

impl Routes {
    fn tunnel(&self, target: &str) -> Option<SocketAddr> {
        let (host, port) = target.rsplit_once(':')?;
        match Role::of(host) {
            Some(Role::Manager(_) | Role::Login(_)) => (port == "443").then_some(self.tls),
            Some(Role::Machine) => None,
            None => {
                let address: IpAddr = host.parse().ok()?;
                let port = port.parse().ok()?;
                address.is_loopback().then(|| SocketAddr::new(address, port))
            }
        }
    }

    fn plain(&self, target: &str) -> Option<SocketAddr> {
        let host = target.strip_prefix("http://")?.split('/').next()?;
        (host == MACHINE).then_some(self.plain)
    }
}
